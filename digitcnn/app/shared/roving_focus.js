// Roving focus: of a group of buttons one is a stop of the Tab key; the arrow keys move it on.

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const PAUSE_MS = 140; // while an arrow is held, only where it stops is asked for

/** Where a key leads in a grid of fixed size, [row, column] from 0; undefined if it is no arrow. */
export function gridStep(key, [row, column], [rows, columns]) {
  const step = ARROWS[key];
  if (!step) return undefined;
  const clamp = (value, n) => Math.max(0, Math.min(n - 1, value));
  return [clamp(row + step[0], rows), clamp(column + step[1], columns)];
}

/** Where a key leads in a list that is shown in rows; outside of it at its ends, undefined if nowhere. */
export function listStep(key, at, n, columns) {
  if (key === "Home") return 0;
  if (key === "End") return n - 1;
  const step = ARROWS[key];
  return step && at + step[0] * columns + step[1];
}

/** Makes one of the buttons the only one that the Tab key stops at. */
export function setTabStop(buttons, stop) {
  for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
}

/**
 * Moves the focus among buttons by keys.
 *
 * @param root what holds them.
 * @param buttons gives them, in their order.
 * @param step from a key and where the focus is to where it goes; undefined leaves the key alone.
 * @param pick told the button, and where it is, at which the focus stops.
 */
export function rovingFocus(root, { buttons, step, pick }) {
  let timer = 0;
  root.addEventListener("keydown", (event) => {
    const all = buttons();
    const at = all.indexOf(event.target.closest("button"));
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = step(event.key, at);
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const button = all[to];
    if (!button) return;
    setTabStop(all, button);
    button.focus();
    clearTimeout(timer);
    timer = setTimeout(() => pick(button, to), PAUSE_MS);
  });
}
