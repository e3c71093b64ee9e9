// Keeps in this browser what was settled, and in this tab what undoes it, and gives both back after
// a reload. Of several tabs on one site each adds what was done in it to what the others kept.

import { keep, keptLarge } from "../shared/kept.js";

export default function ({ data, setTriggerValue }) {
  const { settled, is_fresh } = JSON.parse(data[0]);
  const kept = keptLarge("settled")?.sets ?? [];
  if (is_fresh) {
    const steps = keptLarge("settled steps") ?? [];
    keep("settled here", kept);
    if (kept.length || steps.length)
      setTriggerValue("restored", JSON.stringify({ sets: kept, steps }));
  } else if (settled !== null) {
    const before = keptLarge("settled here") ?? [];
    keep("settled", { sets: withChanges(kept, before, settled.sets) });
    keep("settled here", settled.sets);
    keep("settled steps", settled.steps);
  }
}

/** The sets kept, with what became of this tab's since they were last told: the last changed last. */
function withChanges(kept, before, after) {
  const found = byName(kept), was = byName(before), is = byName(after);
  for (const name of was.keys()) if (!is.has(name)) found.delete(name);
  for (const [name, set] of is) {
    const changed = changes(was.get(name), set);
    if (!changed.size && was.has(name)) continue;
    const said = isSame(found.get(name), set) ? entries(found.get(name)) : entries(set);
    for (const [index, one] of changed) {
      if (one) said.set(index, one);
      else said.delete(index);
    }
    found.delete(name);
    found.set(name, { ...set, corrections: [...said.values()].sort((a, b) => a.index - b.index) });
  }
  return [...found.values()];
}

/** What a set says otherwise than before, by index; null of what it no longer says. */
function changes(before, after) {
  const was = entries(before), is = entries(after), found = new Map();
  for (const index of new Set([...was.keys(), ...is.keys()])) {
    const now = is.get(index) ?? null;
    if (JSON.stringify(now) !== JSON.stringify(was.get(index) ?? null)) found.set(index, now);
  }
  return found;
}

const byName = (sets) => new Map(sets.map((set) => [set.name, set]));
const entries = (set) => new Map((set?.corrections ?? []).map((one) => [one.index, one]));
const isSame = (one, other) => one?.dataset?.fingerprint === other.dataset?.fingerprint;
