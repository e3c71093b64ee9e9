// What the replay makes of strokes and of readings.
import assert from "node:assert/strict";
import { test } from "node:test";
import { firstPoints, moments, stretches, wayInWords } from "../../digitcnn/inference/browser/replay.js";

const stroke = (n) => Array.from({ length: n }, (_, i) => [i, 0]);
const read = (label) => ({ label, isDigit: label !== null });

test("moments go up to the last point, and stop at the end of each stroke", () => {
  const all = moments([stroke(700), stroke(1), stroke(300)]);
  assert.ok(all.length >= 60 && all.length < 65);
  for (const end of [700, 701, 1001]) assert.ok(all.includes(end));
  assert.equal(all.at(-1), 1001);
  assert.deepEqual(all, [...new Set(all)].sort((a, b) => a - b));
  assert.deepEqual(moments([stroke(3)]), [1, 2, 3]);
  assert.deepEqual(moments([]), []);
});

test("the first points are whole strokes and a part of the next", () => {
  const ink = [stroke(4), stroke(5)];
  assert.deepEqual(firstPoints(ink, 6).map((part) => part.length), [4, 2]);
  assert.deepEqual(firstPoints(ink, 4).map((part) => part.length), [4]);
  assert.deepEqual(firstPoints(ink, 9), ink);
});

test("a stretch lasts as long as the same is read", () => {
  const found = stretches([{ trouble: "dot" }, read(1), read(1), read(7)]);
  assert.deepEqual(found, [
    { label: null, from: 0, to: 1 }, { label: 1, from: 1, to: 3 }, { label: 7, from: 3, to: 4 },
  ]);
});

test("the way in words names what was read, and what in the end", () => {
  assert.equal(wayInWords([null, 1, null, 1, 7, 4]), "Read on the way: 1, then 7; in the end 4.");
  assert.equal(wayInWords([null, 3]), "Only 3 was read on the way.");
  assert.equal(wayInWords([3, null]), "Read on the way: 3; in the end no digit.");
  assert.equal(wayInWords([null]), "Nothing on the way was read as a digit.");
});
