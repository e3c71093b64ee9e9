// A drawing → what a packed network reads on it, in one step.

import { digitImage, resample, Unreadable } from "./digit_image.js";
import { PEN_PX, rasterize } from "./ink.js";

const SLOW_MS = 13; // with all views; above it only the straight one is read while the pen moves

let longestMs = 0; // of late: one that took long is forgotten as the pen rests

/**
 * Reads what is on the paper.
 *
 * @param {import("./reader.js").Reader} reader
 * @param {number[][][]} ink strokes, canvas px
 * @param {Uint8Array | null} under a digit image that lies under the drawing, if one does
 * @param {boolean} moving whether the pen still moves, and there is little time
 * @returns {object | null} the reading with its digit image; `trouble` instead of it where it can't
 *   be read; null for blank paper
 */
export function readDrawing(reader, ink, under = null, moving = false) {
  try {
    const raster = rasterize(ink, undefined, under ? PEN_PX : undefined);
    if (under) lay(raster, under);
    const image = digitImage(raster);
    const inViews = reader.about.tta && !(moving && longestMs > SLOW_MS);
    const start = performance.now();
    const reading = reader.read(image, inViews);
    if (inViews) longestMs = Math.max(0.8 * longestMs, performance.now() - start);
    return { ...reading, image };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return error.kind === "empty" ? null : { trouble: error.kind };
  }
}

/** Puts a digit image on the raster, as large as it; the darker of the two stays. */
function lay(raster, under) {
  const picture = { width: 28, height: 28, pixels: under.map((value) => 255 - value) };
  const { pixels } = resample(picture, raster.width, raster.height);
  for (let i = 0; i < pixels.length; i++) raster.pixels[i] = Math.min(raster.pixels[i], pixels[i]);
}
