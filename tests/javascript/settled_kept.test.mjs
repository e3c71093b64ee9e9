// What was settled, kept in the browser: sets for all of its tabs, undo for each tab its own.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import settledKept from "../../digitcnn/app/explore/settled_kept.js";
import { setKept } from "../../digitcnn/app/shared/kept.js";

class Store {
  items = new Map();
  getItem(name) { return this.items.get(name) ?? null; }
  setItem(name, text) { this.items.set(name, text); }
  removeItem(name) { this.items.delete(name); }
}

const openTab = () => { globalThis.sessionStorage = new Store(); };
beforeEach(() => {
  globalThis.localStorage = new Store();
  openTab();
  setKept(true);
});

const show = (told, setTriggerValue = () => assert.fail("nothing is to be given back")) =>
  settledKept({ data: [JSON.stringify(told)], setTriggerValue });
const settled = (...names) => ({
  settled: { sets: [{ name: "mine" }], steps: names.map((set) => ({ set, said: [], gone: [1] })) },
  is_fresh: false,
});

/** What a visit is given back at its first sight; null for nothing. */
function visit() {
  let found = null;
  show({ settled: null, is_fresh: true }, (name, text) => {
    assert.equal(name, "restored");
    found = JSON.parse(text);
  });
  return found;
}

test("a reload gives both back", () => {
  assert.equal(visit(), null);
  show(settled("a", "b"));
  const { settled: expected } = settled("a", "b");
  assert.deepEqual(visit(), expected);
});

test("another tab has the sets, and no undo but its own", () => {
  show(settled("a"));
  const first = globalThis.sessionStorage;
  openTab();
  assert.deepEqual(visit(), { sets: [{ name: "mine" }], steps: [] });
  show(settled("b", "c"));
  globalThis.sessionStorage = first;
  assert.deepEqual(visit().steps.map(({ set }) => set), ["a"]);
});

test("nothing is kept of either once the visitor wants it so", () => {
  show(settled("a"));
  setKept(false);
  assert.equal(visit(), null);
  assert.equal(globalThis.sessionStorage.items.size, 0);
});
