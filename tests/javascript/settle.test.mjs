// Settling labels: which keys ask for what, and which are left to whatever has the focus.

import assert from "node:assert/strict";
import { test } from "node:test";

import { asked } from "../../digitcnn/app/explore/settle.js";

const on = (inside) => ({ closest: () => (inside ? {} : null) });

test("digits and letters ask for what they stand for", () => {
  for (const [key, wanted] of [["7", 7], ["0", 0], ["y", "right"], ["Y", "right"], ["x", "leave out"],
    ["u", "undo"], ["t", "tags"], ["a", "target"]]) {
    assert.equal(asked({ key, target: on(false) }), wanted);
  }
});

test("other keys, held keys and keys with a modifier are left alone", () => {
  for (const key of ["q", "Enter", "F7", "10", "ArrowLeft"]) {
    assert.equal(asked({ key, target: on(false) }), undefined);
  }
  for (const held of ["ctrlKey", "metaKey", "altKey", "repeat"]) {
    assert.equal(asked({ key: "7", [held]: true, target: on(false) }), undefined);
  }
});

test("what is typed into a field is text", () => {
  assert.equal(asked({ key: "7", target: on(true) }), undefined);
  assert.equal(asked({ key: "7", target: null }), 7);
});
