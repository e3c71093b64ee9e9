// The boxes over the camera's video: steady, on the right digits, and gone when they are wrong.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  fitted, freshMs, nextSide, overlap, pauseMs, steadied, whyNot,
} from "../../digitcnn/app/draw/camera_boxes.js";

const at = (x, text, uncertain = false) => ({ box: [x, 10, 6, 10], text, uncertain });
const texts = (shown) => shown.map(({ text }) => text);
const row = [at(10, "4"), at(20, "7"), at(30, "1"), at(40, "9")];

test("boxes that are found again keep their number, whatever their order", () => {
  const first = steadied([], row);
  assert.equal(new Set(first.map(({ id }) => id)).size, 4);
  const again = steadied(first, [at(41, "9"), at(11, "4"), at(30.5, "1"), at(20, "7")]);
  const numbers = (shown) => new Map(shown.map(({ id, text }) => [text, id]));
  assert.deepEqual([...numbers(again)].sort(), [...numbers(first)].sort());
  assert.deepEqual(again[0].box, [41, 10, 6, 10]); // They lie where the digit is now.
});

test("a digit that one picture misses is kept for that one, and no longer", () => {
  const missed = row.filter(({ text }) => text !== "7");
  const once = steadied(steadied([], row), missed);
  assert.deepEqual(texts(once).sort(), ["1", "4", "7", "9"]);
  assert.deepEqual(once.filter(({ held }) => held).map(({ text }) => text), ["7"]);
  assert.deepEqual(texts(steadied(once, missed)).sort(), ["1", "4", "9"]);
  const back = steadied(once, row);
  assert.ok(back.every(({ held }) => !held));
});

test("an empty picture is believed at the second time", () => {
  const once = steadied(steadied([], row), []);
  assert.deepEqual(texts(once), ["4", "7", "1", "9"]);
  assert.deepEqual(steadied(once, []), []);
});

test("nothing is kept when the paper has moved", () => {
  const moved = row.map(({ box, ...one }) => ({ ...one, box: [box[0] + 50, 70, 6, 10] }));
  const shown = steadied(steadied([], row), moved);
  assert.deepEqual(shown.map(({ box }) => box), moved.map(({ box }) => box));
});

test("what was missed gives way to what lies there now", () => {
  const wide = { box: [17, 10, 22, 10], text: "?", uncertain: true };
  const shown = steadied(steadied([], row), [row[0], wide, row[3]]);
  assert.deepEqual(texts(shown), ["4", "?", "9"]);
});

test("one doubtful reading does not change a sure one; a second one does", () => {
  const doubt = [at(10, "9", true), ...row.slice(1)];
  const once = steadied(steadied([], row), doubt);
  assert.deepEqual([once[0].text, once[0].uncertain], ["4", false]);
  const twice = steadied(once, doubt);
  assert.deepEqual([twice[0].text, twice[0].uncertain], ["9", true]);
  // A sure one does at once.
  assert.equal(steadied(steadied([], row), [at(10, "9"), ...row.slice(1)])[0].text, "9");
});

test("numbers of boxes that are gone are not given to others beside them", () => {
  const shown = steadied(steadied([], row), [...row, at(60, "5")]);
  assert.equal(new Set(shown.map(({ id }) => id)).size, 5);
});

test("overlap is intersection over union", () => {
  assert.equal(overlap([0, 0, 4, 4], [0, 0, 4, 4]), 1);
  assert.equal(overlap([0, 0, 4, 4], [4, 0, 4, 4]), 0);
  assert.equal(overlap([0, 0, 4, 4], [2, 0, 4, 4]), 8 / 24);
});

test("two pictures a second, and a rest where answers are slow", () => {
  assert.equal(pauseMs(120) + 120, 500);
  assert.equal(pauseMs(2000), 600);
  for (const tookMs of [0, 300, 500, 900, 5000]) {
    assert.ok(tookMs + pauseMs(tookMs) >= 500);
    assert.ok(pauseMs(tookMs) >= tookMs / 4);
  }
});

test("boxes are old a second after their picture", () => {
  assert.equal(freshMs(300), 700);
  assert.equal(freshMs(1500), 0);
});

test("pictures are sent at their own shape and never enlarged", () => {
  assert.deepEqual(fitted(1920, 1080, 960), [960, 540]);
  assert.deepEqual(fitted(1080, 1920, 960), [540, 960]);
  assert.deepEqual(fitted(640, 480, 960), [640, 480]);
  assert.deepEqual(fitted(1920, 1080, Infinity), [1920, 1080]);
});

test("pictures are smaller while answers are slow, and larger again when they are not", () => {
  let side = 960;
  for (let i = 0; i < 10; i++) side = nextSide(side, 1500);
  assert.equal(side, 640);
  assert.equal(nextSide(side, 500), 640);
  for (let i = 0; i < 10; i++) side = nextSide(side, 200);
  assert.equal(side, 960);
});

test("whatever hinders the camera, a sentence says what to do", () => {
  const names = [
    "insecure", "NotAllowedError", "SecurityError", "NotFoundError", "OverconstrainedError",
    "NotReadableError", "AbortError", "ended", "TypeError",
  ];
  for (const name of names) assert.match(whyNot(name), /upload a photo/, name);
  assert.match(whyNot("NotAllowedError"), /Allow it/);
  assert.match(whyNot("NotFoundError"), /Connect one/);
  assert.match(whyNot("NotReadableError"), /another program/);
  assert.match(whyNot("insecure"), /https/);
});
