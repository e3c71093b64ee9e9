// Says in our words when the server is away: Streamlit's connection is lost, or nothing answers.

import { address } from "./address.js";

const AWAY_MS = 4000; // without a connection, or an answer, the server is away
const LOOK_MS = 500;
const ASK_MS = 10_000; // between two questions while the connection stands
const STATE = "data-test-connection-state"; // Streamlit tells it on its outermost element

export default function ({ parentElement }) {
  const note = parentElement.querySelector("p.away");
  const watch = new Watch((is) => {
    note.hidden = !is;
    // Streamlit's own dialog would cover it, with words of its own; the style sheet takes it away.
    document.documentElement.toggleAttribute("data-away", is);
  });
  const timer = setInterval(() => watch.look(isConnected(), performance.now()), LOOK_MS);
  const asking = setInterval(async () => {
    if (!isConnected() || document.hidden) return;
    watch.answered(await answers(), performance.now());
  }, ASK_MS);
  return () => {
    document.documentElement.removeAttribute("data-away");
    clearInterval(timer);
    clearInterval(asking);
  };
}

const isConnected = () => document.querySelector(`[${STATE}]`)?.getAttribute(STATE) === "CONNECTED";

async function answers() {
  try {
    await fetch(address("_stcore/health"), { cache: "no-store", signal: AbortSignal.timeout(AWAY_MS) });
    return true;
  } catch {
    return false;
  }
}

/** Decides from what is seen of the connection whether the server is away. */
export class Watch {
  /** @param {(isAway: boolean) => void} tell is called when that changes */
  constructor(tell) {
    this.tell = tell;
    this.lost = null; // since when there is no connection
    this.silent = false; // there is one, and nothing answers
    this.isAway = false;
  }

  look(isConnected, now) {
    if (isConnected) this.lost = null;
    else {
      this.lost ??= now;
      this.silent = false;
    }
    this.say(this.silent || (this.lost !== null && now - this.lost >= AWAY_MS));
  }

  answered(does, now) {
    this.silent = !does;
    this.look(true, now);
  }

  say(isAway) {
    if (isAway === this.isAway) return;
    this.isAway = isAway;
    this.tell(isAway);
  }
}
