// A photo's digits and signs: as boxes over the picture ("boxes"), or as buttons line by line ("lines").
// Arrow keys walk through the lines; the boxes are for pointers alone.

import { listStep, rovingFocus, setTabStop } from "../shared/roving_focus.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".photo-digits");
  const view = (root.view ??= build(root));
  view.tell = setTriggerValue;
  const [mode, contents, chosen] = data;
  if (view.shown !== contents) {
    view.shown = contents;
    const { items, lines } = JSON.parse(contents);
    (mode === "boxes" ? fillBoxes : fillLines)(view, items, lines);
  }
  mark(view, chosen);
}

function build(root) {
  const view = { root, buttons: [] };
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) open(view, view.buttons.indexOf(button));
  });
  rovingFocus(root, {
    buttons: () => view.buttons,
    step: (key, at) => {
      if (key === "ArrowUp") return beside(view, at, -1);
      if (key === "ArrowDown") return beside(view, at, 1);
      return listStep(key, at, view.buttons.length, 1);
    },
    pick: (_, at) => open(view, at),
  });
  return view;
}

// The digit of the next or previous row, as shown, that lies nearest.
function beside(view, at, step) {
  const place = (button) => button.getBoundingClientRect();
  const from = place(view.buttons[at]);
  const rows = view.buttons.filter((b) => (place(b).top - from.top) * step > 4);
  const row = rows.length && place(rows[step > 0 ? 0 : rows.length - 1]).top;
  const near = rows.filter((b) => Math.abs(place(b).top - row) < 4);
  near.sort((a, b) => Math.abs(place(a).left - from.left) - Math.abs(place(b).left - from.left));
  return near.length ? view.buttons.indexOf(near[0]) : -1;
}

function open(view, at) {
  mark(view, at);
  view.tell("open", at);
}

function mark(view, chosen) {
  view.buttons.forEach((button, at) => {
    button.classList.toggle("chosen", at === chosen);
    if (!view.isOverlay) {
      button.setAttribute("aria-selected", at === chosen ? "true" : "false");
    }
  });
  if (!view.isOverlay) setTabStop(view.buttons, view.buttons[chosen] ?? view.buttons[0]);
}

function button(item, className) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.title = item.words;
  made.classList.toggle("uncertain", item.uncertain);
  made.classList.toggle("sign", item.sign);
  return made;
}

function span(className, text) {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

function fillBoxes(view, items) {
  view.isOverlay = true;
  view.root.classList.add("boxes");
  view.root.setAttribute("aria-hidden", "true");
  view.buttons = items.map((item) => {
    const made = button(item, "box");
    const [x, y, width, height] = item.box;
    Object.assign(made.style, {
      left: `${x}%`, top: `${y}%`, width: `${width}%`, height: `${height}%`,
    });
    made.tabIndex = -1;
    made.append(span("tag", item.label + (item.uncertain ? "?" : "")));
    return made;
  });
  view.root.replaceChildren(...view.buttons);
}

function fillLines(view, items, lines) {
  view.root.classList.add("lines");
  view.root.setAttribute("role", "listbox");
  view.root.setAttribute("aria-label", "Digits and signs, line by line");
  view.buttons = items.map((item) => {
    const made = button(item, "read");
    made.setAttribute("role", "option");
    made.setAttribute("aria-label", item.words);
    made.classList.toggle("after-space", item.space);
    made.append(span("label", item.label + (item.uncertain ? "?" : "")), span("sure", item.sure));
    return made;
  });
  let first = 0;
  const rows = lines.map((n) => {
    const row = document.createElement("div");
    row.className = "line";
    row.setAttribute("role", "presentation");
    row.append(...view.buttons.slice(first, (first += n)));
    return row;
  });
  view.root.replaceChildren(...rows);
}
