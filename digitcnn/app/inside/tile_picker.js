// A picture of equal tiles: a tap, a click or the arrow keys choose one.

import { gridStep } from "../shared/roving_focus.js";
import { whenGone } from "../shared/when_gone.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".pick");
  const told = JSON.parse(data[0]);
  const view = (root.view ??= build(root));
  view.told = told;
  view.tell = (row, column) => setTriggerValue("chosen", [row, column]);
  if (view.image.getAttribute("src") !== told.url) view.image.src = told.url;
  view.image.alt = told.alt;
  root.setAttribute("aria-label", told.label);
  root.style.setProperty("--across", told.columns);
  root.style.setProperty("--down", told.rows);
  root.style.aspectRatio = `${told.width} / ${told.height}`;
  place(view, told.chosen);
  return whenGone(root, () => { root.view = undefined; root.replaceChildren(); });
}

function build(root) {
  const image = document.createElement("img");
  image.draggable = false;
  const mark = document.createElement("span");
  mark.className = "mark";
  root.replaceChildren(image, mark);
  root.tabIndex = 0;
  const view = { root, image, mark };
  root.onclick = (event) => {
    const box = root.getBoundingClientRect();
    choose(view, [
      Math.floor(((event.clientY - box.top) / box.height) * view.told.rows),
      Math.floor(((event.clientX - box.left) / box.width) * view.told.columns),
    ]);
  };
  root.onkeydown = (event) => {
    const to = gridStep(event.key, view.at ?? [0, 0], [view.told.rows, view.told.columns]);
    if (!to) return;
    event.preventDefault();
    choose(view, to);
  };
  return view;
}

function choose(view, [row, column]) {
  const { rows, columns } = view.told;
  const at = [Math.max(0, Math.min(rows - 1, row)), Math.max(0, Math.min(columns - 1, column))];
  place(view, at);
  view.tell(...at);
}

function place(view, at) {
  view.at = at;
  view.mark.hidden = !at;
  if (!at) return;
  view.mark.style.left = `${(at[1] / view.told.columns) * 100}%`;
  view.mark.style.top = `${(at[0] / view.told.rows) * 100}%`;
}
