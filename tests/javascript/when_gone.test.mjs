// A component ends once it is gone from the page, however often it is said to end before.
import assert from "node:assert/strict";
import test from "node:test";

import { whenGone } from "../../digitcnn/app/shared/when_gone.js";

const turn = () => new Promise((done) => setTimeout(done));

test("what is still on the page goes on", async () => {
  const root = { isConnected: true };
  let ends = 0;
  const end = whenGone(root, () => ends++);
  end(); // for a message that a newer one has overtaken
  await turn();
  assert.equal(ends, 0);
  end();
  root.isConnected = false; // in the same turn
  await turn();
  assert.equal(ends, 1);
});
