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

const inTab = (store) => {
  globalThis.sessionStorage = store;
  setKept(true); // what the last tab wrote is not known here
};
const openTab = () => inTab(new Store());
beforeEach(() => {
  globalThis.localStorage = new Store();
  openTab();
});

const show = (told, setTriggerValue = () => assert.fail("nothing is to be given back")) =>
  settledKept({ data: [JSON.stringify(told)], setTriggerValue });
const settled = (...names) => ({
  settled: { sets: [{ name: "mine", corrections: [] }], steps: names.map((set) => ({ set, said: [], gone: [1] })) },
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
  assert.deepEqual(visit(), { sets: [{ name: "mine", corrections: [] }], steps: [] });
  show(settled("b", "c"));
  inTab(first);
  assert.deepEqual(visit().steps.map(({ set }) => set), ["a"]);
});

test("two tabs keep what was settled in either", () => {
  const said = (...indices) => indices.map((index) => ({ index, kind: "right" }));
  const told = (corrections, ...others) => ({
    settled: { sets: [{ name: "mine", dataset: { fingerprint: "f" }, corrections }, ...others], steps: [] },
    is_fresh: false,
  });
  const inKept = () =>
    Object.fromEntries(visit().sets.map((set) => [set.name, set.corrections.map((one) => one.index)]));
  const stay = (tab, then) => {
    const now = globalThis.sessionStorage;
    inTab(tab);
    then();
    inTab(now);
  };
  show(told(said(1, 2)));
  const first = globalThis.sessionStorage;
  openTab();
  visit();
  const second = globalThis.sessionStorage;
  stay(first, () => show(told(said(1, 2, 3))));
  stay(second, () => show(told(said(1, 4)))); // 2 was taken back here, 3 never seen
  stay(first, () => show(told(said(1, 2, 3, 5), { name: "other", corrections: said(9) })));
  stay(second, () => show(told(said(1, 4)))); // shown again: nothing was done
  openTab();
  assert.deepEqual(inKept(), { mine: [1, 3, 4, 5], other: [9] });
  stay(second, () => show({ settled: { sets: [], steps: [] }, is_fresh: false })); // removed
  openTab();
  assert.deepEqual(inKept(), { other: [9] });
});

test("nothing is kept of either once the visitor wants it so", () => {
  show(settled("a"));
  setKept(false);
  assert.equal(visit(), null);
  assert.equal(globalThis.sessionStorage.items.size, 0);
});
