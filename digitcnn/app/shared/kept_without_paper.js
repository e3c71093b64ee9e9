// Gives the server back what this browser keeps, and keeps what was confirmed: where no paper does.

import { keep, kept } from "./kept.js";

export default function ({ data, setTriggerValue }) {
  const { hand, is_fresh } = JSON.parse(data[0]);
  const found = is_fresh ? kept() : null;
  // What was kept must be back before anything is kept in its place.
  if (found) setTriggerValue("restored", JSON.stringify(found));
  else if (hand !== null) keep("hand", hand);
}
