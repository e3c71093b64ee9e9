// Roving focus: where keys lead, what they leave alone, and what is told of it.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  gridStep,
  listStep,
  rovingFocus,
  setTabStop,
} from "../../digitcnn/app/shared/roving_focus.js";

/** A row of buttons in something that hears keys, as far as the helper needs them. */
function row(n, options) {
  const told = [];
  let hears;
  const buttons = Array.from({ length: n }, (_, at) => ({
    at,
    tabIndex: -1,
    focus() { told.push(["focus", at]); },
    closest: () => buttons[at],
  }));
  const root = { addEventListener: (kind, act) => { assert.equal(kind, "keydown"); hears = act; } };
  rovingFocus(root, {
    buttons: () => buttons,
    step: (key, at) => listStep(key, at, n, 3),
    pick: (button, at) => told.push(["pick", button.at, at]),
    ...options,
  });
  const press = (key, at, more = {}) => {
    const event = {
      key, target: buttons[at] ?? { closest: () => null }, prevented: false, stopped: false,
      preventDefault() { this.prevented = true; },
      stopPropagation() { this.stopped = true; },
      ...more,
    };
    hears(event);
    return event;
  };
  return { buttons, told, press };
}

test("arrows in a grid stop at its edges", () => {
  assert.deepEqual(gridStep("ArrowUp", [0, 4], [11, 11]), [0, 4]);
  assert.deepEqual(gridStep("ArrowDown", [10, 4], [11, 11]), [10, 4]);
  assert.deepEqual(gridStep("ArrowLeft", [3, 0], [11, 11]), [3, 0]);
  assert.deepEqual(gridStep("ArrowRight", [3, 4], [11, 11]), [3, 5]);
  assert.equal(gridStep("Enter", [3, 4], [11, 11]), undefined);
});

test("arrows in a list go along it and by rows, Home and End to its ends", () => {
  const led = (key) => listStep(key, 4, 9, 3);
  assert.deepEqual(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].map(led), [3, 5, 1, 7]);
  assert.deepEqual(["Home", "End", "a"].map(led), [0, 8, undefined]);
});

test("one button alone is a stop of the Tab key", () => {
  const { buttons } = row(4);
  setTabStop(buttons, buttons[2]);
  assert.deepEqual(buttons.map((button) => button.tabIndex), [-1, -1, 0, -1]);
  setTabStop(buttons, undefined);
  assert.ok(buttons.every((button) => button.tabIndex === -1));
});

test("a key moves the focus at once, and only where it stops is picked", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { buttons, told, press } = row(6);
  const event = press("ArrowRight", 0);
  press("ArrowRight", 1);
  press("ArrowDown", 2);
  assert.ok(event.prevented && event.stopped);
  assert.deepEqual(told, [["focus", 1], ["focus", 2], ["focus", 5]]);
  assert.deepEqual(buttons.map((button) => button.tabIndex), [-1, -1, -1, -1, -1, 0]);
  context.mock.timers.tick(1_000);
  assert.deepEqual(told.slice(3), [["pick", 5, 5]]);
});

test("at the list's end nothing moves, and the page does not scroll", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { told, press } = row(6);
  assert.ok(press("ArrowRight", 5).prevented);
  assert.ok(press("ArrowUp", 1).prevented);
  context.mock.timers.tick(1_000);
  assert.deepEqual(told, []);
});

test("other keys, and those of the browser and the system, are left alone", () => {
  const { told, press } = row(6);
  const left = [
    press("a", 0), press("Tab", 0), press("ArrowRight", 0, { ctrlKey: true }),
    press("ArrowRight", 0, { metaKey: true }), press("ArrowRight", 0, { altKey: true }),
    press("ArrowRight", 9),
  ];
  assert.ok(left.every((event) => !event.prevented && !event.stopped));
  assert.deepEqual(told, []);
});
