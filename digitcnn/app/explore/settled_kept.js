// Keeps in this browser what was settled, and in this tab what undoes it, and gives both back after
// a reload. With two tabs on one site each takes back what was done in it.

import { keep, keptLarge } from "../shared/kept.js";

export default function ({ data, setTriggerValue }) {
  const { settled, is_fresh } = JSON.parse(data[0]);
  if (is_fresh) {
    const sets = keptLarge("settled")?.sets ?? [];
    const steps = keptLarge("settled steps") ?? [];
    if (sets.length || steps.length) setTriggerValue("restored", JSON.stringify({ sets, steps }));
  } else if (settled !== null) {
    keep("settled", { sets: settled.sets });
    keep("settled steps", settled.steps);
  }
}
