// Which lessons are done, kept in this browser as drawings are.

import { keep, kept } from "./kept.js";

export default function ({ data, setTriggerValue }) {
  const { done, is_fresh } = JSON.parse(data[0]);
  if (is_fresh) {
    const found = kept()?.lessons;
    const names = Array.isArray(found) ? found.filter((name) => typeof name === "string") : [];
    if (names.some((name) => !done.includes(name))) {
      setTriggerValue("restored", names);
      return;
    }
  }
  if (done.length) keep("lessons", done);
}
