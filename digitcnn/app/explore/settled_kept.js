// Keeps in this browser what was settled and what undoes it, and gives it back after a reload.

import { keep, keptLarge } from "../shared/kept.js";

export default function ({ data, setTriggerValue }) {
  const { settled, is_fresh } = JSON.parse(data[0]);
  if (is_fresh) {
    const found = keptLarge("settled");
    if (found) setTriggerValue("restored", JSON.stringify(found));
  } else if (settled !== null) {
    keep("settled", settled);
  }
}
