// Numbers beside the live chart's axes, and which point is pointed at.
import assert from "node:assert/strict";
import test from "node:test";

import { nearest, roundTicks } from "../../digitcnn/app/train/live_chart.js";

test("ticks are round and within the axis", () => {
  assert.deepEqual(roundTicks(0, 9.18, 12), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(roundTicks(0.98, 1.0006, 5), [0.98, 0.985, 0.99, 0.995, 1]);
  assert.deepEqual(roundTicks(0, 306, 8), [0, 50, 100, 150, 200, 250, 300]);
  assert.deepEqual(roundTicks(3, 3, 5), [3]);
  for (const [low, high] of [[0, 1.02], [0.5, 1.015], [2.31, 7.9], [0, 1020]]) {
    const ticks = roundTicks(low, high, 8);
    assert.ok(ticks.length >= 2 && ticks.length <= 10);
    assert.ok(ticks.every((tick) => tick >= low - 1e-9 && tick <= high + 1e-9));
  }
});

test("the nearest point with a value is found", () => {
  assert.equal(nearest([1, 2, 3], [0.9, 0.95, 0.97], 2.4), 1);
  assert.equal(nearest([1, 2, 3], [0.9, null, 0.97], 2.4), 2);
  assert.equal(nearest([1, 2], [null, null], 1), -1);
  assert.equal(nearest([], [], 1), -1);
});
