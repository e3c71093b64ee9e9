// What survives a reload: drawings, the way chosen, confirmed drawings, lessons, what was settled on
// Explore; in this browser only.

const KEY = "digitcnn ", SWITCH = "digitcnn-keep";
const NAMES = ["canvas", "number-canvas", "way", "hand", "lessons"];
const LARGE = ["settled"]; // which no page but its own wants back
const OF_TAB = ["settled steps", "settled here"]; // of which another tab has its own

const written = new Map();

/** Whether the visitor wants it so; yes until they say no. */
export function isKept() {
  try {
    return localStorage.getItem(SWITCH) !== "no";
  } catch {
    return false; // The browser keeps nothing for this page.
  }
}

/** Turns it on, or off and forgets. */
export function setKept(on) {
  written.clear();
  try {
    localStorage.setItem(SWITCH, on ? "yes" : "no");
    if (on) return;
    for (const name of [...NAMES, ...LARGE]) localStorage.removeItem(KEY + name);
    for (const name of OF_TAB) sessionStorage.removeItem(KEY + name);
  } catch {
    // Nothing is kept, then.
  }
}

/** What was kept, by name; null if nothing was. */
export function kept() {
  try {
    const found = {};
    for (const name of isKept() ? NAMES : []) {
      const text = localStorage.getItem(KEY + name);
      if (text !== null) found[name] = JSON.parse(text);
    }
    return Object.keys(found).length ? found : null;
  } catch {
    return null;
  }
}

/** What is kept under one name, which kept() leaves out; null if nothing is. */
export function keptLarge(name) {
  try {
    return isKept() ? JSON.parse(place(name).getItem(KEY + name)) : null;
  } catch {
    return null;
  }
}

/** Keeps a value under one of the names. */
export function keep(name, value) {
  const text = JSON.stringify(value);
  if (!isKept() || written.get(name) === text) return;
  try {
    place(name).setItem(KEY + name, text);
    written.set(name, text);
  } catch {
    // Full: what was kept before stays.
  }
}

function place(name) {
  return OF_TAB.includes(name) ? sessionStorage : localStorage;
}
