// When the server is said to be away.
import assert from "node:assert/strict";
import test from "node:test";

import { Watch } from "../../digitcnn/app/shared/away.js";

const told = () => {
  const said = [];
  return [said, new Watch((is) => said.push(is))];
};

test("a connection that is lost for long is said, and that it is back", () => {
  const [said, watch] = told();
  watch.look(true, 0);
  watch.look(false, 1000);
  watch.look(false, 4000);
  assert.deepEqual(said, []);
  watch.look(false, 5000);
  watch.look(false, 9000);
  assert.deepEqual(said, [true]);
  watch.look(true, 9500);
  assert.deepEqual(said, [true, false]);
});

test("a connection that is back before long is not worth a word", () => {
  const [said, watch] = told();
  for (const [is, now] of [[false, 0], [false, 3000], [true, 3500], [false, 4000], [false, 7900]]) watch.look(is, now);
  assert.deepEqual(said, []);
});

test("a server that stands still is away, too, until it answers", () => {
  const [said, watch] = told();
  watch.answered(false, 0);
  watch.look(true, 500);
  assert.deepEqual(said, [true]);
  watch.answered(true, 1000);
  assert.deepEqual(said, [true, false]);
});
