// The boxes over a video, kept steady from one answer to the next; when the next picture is sent;
// and what to say where there is no camera.

const SAME = 0.3; // overlap of two boxes of one digit
const LAID_OVER = 0.05; // overlap at which a box that was not found again gives way
const INTERVAL_MS = 500; // between two pictures
const REST = 0.3; // of the time that an answer took: the server has others to answer
const OLD_MS = 1000;
const SLOW_MS = 800, QUICK_MS = 350; // answers
const SMALLEST_PX = 640;

export const LARGEST_PX = 960; // longer side of the pictures that are sent

/**
 * The boxes to show, of those that are shown and those that were found now.
 *
 * A digit that one picture misses, or doubts, is kept for that picture, unless all has moved.
 *
 * @typedef {{box: number[], text: string, uncertain: boolean}} Found left, top, width and height
 * @typedef {Found & {id: number, held: boolean}} Shown held: not found in the newest picture
 * @param {Shown[]} shown
 * @param {Found[]} found
 * @returns {Shown[]}
 */
export function steadied(shown, found) {
  const left = new Set(shown);
  let next = shown.reduce((most, { id }) => Math.max(most, id), 0);
  const now = found.map((one) => {
    let same = null, most = SAME;
    for (const other of left) {
      const share = overlap(one.box, other.box);
      if (share >= most) [same, most] = [other, share];
    }
    left.delete(same);
    if (!same) return { ...one, id: ++next, held: false, doubted: false };
    const doubted = one.uncertain && !same.uncertain && !same.doubted;
    const { text, uncertain } = doubted ? same : one;
    return { ...one, text, uncertain, id: same.id, held: false, doubted };
  });
  const moved = found.length > 0 && shown.length - left.size < shown.length / 2;
  const kept = moved ? [] : [...left].filter((one) => !one.held && isFree(one, now));
  return [...now, ...kept.map((one) => ({ ...one, held: true }))];
}

function isFree(one, others) {
  return others.every((other) => overlap(one.box, other.box) < LAID_OVER);
}

/** Intersection over union of two boxes. */
export function overlap([x, y, w, h], [left, top, width, height]) {
  const across = Math.min(x + w, left + width) - Math.max(x, left);
  const down = Math.min(y + h, top + height) - Math.max(y, top);
  if (across <= 0 || down <= 0) return 0;
  return (across * down) / (w * h + width * height - across * down);
}

/** Milliseconds from an answer, which took so long, to the next picture. */
export function pauseMs(tookMs) {
  return Math.max(INTERVAL_MS - tookMs, REST * tookMs);
}

/** Milliseconds from an answer until its boxes are old: they count from the picture. */
export function freshMs(tookMs) {
  return Math.max(0, OLD_MS - tookMs);
}

/** The longer side of the next picture: smaller ones take the server less, where answers are slow. */
export function nextSide(side, tookMs) {
  if (tookMs > SLOW_MS) return Math.max(SMALLEST_PX, Math.round(0.85 * side));
  if (tookMs < QUICK_MS) return Math.min(LARGEST_PX, Math.round(side / 0.85));
  return side;
}

/** The size at which a picture is sent: its longer side is at most so long. */
export function fitted(width, height, most) {
  const scale = Math.min(1, most / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

const BUTTON = "press Live camera again, or upload a photo instead.";
const WHY = {
  insecure:
    "The browser opens the camera only on a page that comes over https, or from this computer. "
    + "Open the page by its https address, or upload a photo instead.",
  denied: `The browser was not allowed to use the camera. Allow it in the address bar and ${BUTTON}`,
  missing: `No camera was found. Connect one and ${BUTTON}`,
  busy: `The camera is in use by another program. Close that program and ${BUTTON}`,
  ended: `The camera was disconnected. Connect it and ${BUTTON}`,
};
const ERRORS = {
  NotAllowedError: "denied", SecurityError: "denied",
  NotFoundError: "missing", OverconstrainedError: "missing",
  NotReadableError: "busy", AbortError: "busy",
};

/** What a person can do where the camera can't be used: by an error's name, or a key of WHY. */
export function whyNot(name) {
  const why = WHY[ERRORS[name] ?? name];
  return why ?? `The camera could not be opened (${name}). Try another browser, or upload a photo.`;
}
