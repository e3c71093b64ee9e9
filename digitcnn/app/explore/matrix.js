// The confusion matrix: a grid of buttons. A click or tap chooses a cell, a row's or a column's
// name; so do the arrow keys. What is chosen is shown at once and confirmed by the page.

import { followSteps } from "../shared/moment_step.js";
import { gridStep, rovingFocus, setTabStop } from "../shared/roving_focus.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".matrix");
  const view = (root.view ??= build(root));
  view.tell = (pick) => setTriggerValue("pick", pick);
  return followSteps(view, "matrix", data[0], fill);
}

const SIDE = 11; // ten digits, and their names before them

function build(root) {
  const view = { root, buttons: new Map(), all: [], chosen: [null, null] };
  const table = document.createElement("table");
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", "Confusion matrix: rows are true labels, columns what was read");
  for (let row = -1; row < 10; row++) {
    const line = table.insertRow();
    line.setAttribute("role", "row");
    for (let column = -1; column < 10; column++) {
      const name = row < 0 || column < 0;
      const cell = document.createElement(name ? "th" : "td");
      cell.setAttribute("role", row < 0 ? "columnheader" : column < 0 ? "rowheader" : "gridcell");
      const button = document.createElement("button");
      button.type = "button";
      button.tabIndex = row === -1 && column === -1 ? 0 : -1;
      button.dataset.true = row < 0 ? "" : row;
      button.dataset.predicted = column < 0 ? "" : column;
      if (row < 0 && column < 0) {
        button.textContent = "all";
        button.setAttribute("aria-label", "All cells");
      } else if (name) {
        button.textContent = row < 0 ? column : row;
        button.setAttribute("aria-label", row < 0 ? `All read as ${column}` : `All labelled ${row}`);
      }
      view.buttons.set(`${row},${column}`, button);
      view.all.push(button);
      cell.append(button);
      line.append(cell);
    }
  }
  root.append(table);
  table.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) pick(view, button, true);
  });
  rovingFocus(table, {
    buttons: () => view.all,
    step: (key, at) => {
      const to = gridStep(key, [Math.floor(at / SIDE), at % SIDE], [SIDE, SIDE]);
      return to && to[0] * SIDE + to[1];
    },
    pick: (button) => pick(view, button, false),
  });
  return view;
}

function place(button) {
  const number = (text) => (text === "" ? -1 : Number(text));
  return [number(button.dataset.true), number(button.dataset.predicted)];
}

function pick(view, button, toggles) {
  const [row, column] = place(button);
  let chosen = [row < 0 ? null : row, column < 0 ? null : column];
  if (toggles && String(chosen) === String(view.chosen)) chosen = [null, null];
  mark(view, chosen);
  view.tell({ true: chosen[0], predicted: chosen[1] });
}

function mark(view, chosen) {
  view.chosen = chosen;
  const [row, column] = chosen;
  for (const button of view.buttons.values()) {
    const [r, c] = place(button);
    const exact = (row ?? -1) === r && (column ?? -1) === c && (r >= 0 || c >= 0);
    button.classList.toggle("chosen", exact && r >= 0 && c >= 0);
    button.classList.toggle("in-row", column === null && row !== null && r === row && c >= 0);
    button.classList.toggle("in-column", row === null && column !== null && c === column && r >= 0);
    button.classList.toggle("leads", (r === -1 && c === column && c >= 0) || (c === -1 && r === row && r >= 0));
    button.setAttribute("aria-pressed", exact ? "true" : "false");
  }
}

function fill(view, { texts, tints, words, chosen }) {
  for (let row = 0; row < 10; row++) {
    for (let column = 0; column < 10; column++) {
      const button = view.buttons.get(`${row},${column}`);
      const tint = tints[row][column];
      button.textContent = texts[row][column];
      button.setAttribute("aria-label", words[row][column]);
      button.title = words[row][column];
      button.className = tint > 0 ? "good" : tint < 0 ? "bad" : "";
      button.classList.toggle("strong", Math.abs(tint) > 0.55);
      button.style.setProperty("--tint", `${Math.round(8 + 92 * Math.abs(tint))}%`);
      button.classList.toggle("diagonal", row === column);
    }
  }
  mark(view, chosen);
  const at = view.buttons.get(`${chosen[0] ?? -1},${chosen[1] ?? -1}`);
  if (!view.root.contains(document.activeElement)) {
    setTabStop(view.all, at);
  }
}
