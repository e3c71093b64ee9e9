// Raster → digit image: the same as preprocessing/digit_image.py, to the grey level; tests hold
// the two together. Pictures are {width, height, pixels}, pixels Uint8Array by rows.

import { roundHalfEven } from "./arithmetic.js";

export const DIGIT_PX = 28;
export const BOX_PX = 20;

const FAINT = 24;
const LEAST_INK = 0.07;
const MOST_INK = 0.6;
const THINNEST_PX = 1.2;

/** Why a raster can't be read: "empty", "dot" or "blot". */
export class Unreadable extends Error {
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

/**
 * The digit image of a raster, and the box around its ink.
 *
 * @param {{width: number, height: number, pixels: Uint8Array}} raster 255 paper, 0 ink
 * @returns {Uint8Array} (784,), 0 paper, 255 ink
 * @throws {Unreadable} no ink, a speck, or ink all over
 */
export function digitImage(raster) {
  return centred(resized(thickened(cropped(raster))));
}

function cropped({ width, height, pixels }) {
  let left = width, right = -1, top = height, bottom = -1, inked = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (255 - pixels[y * width + x] <= FAINT) continue;
      inked++;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  if (!inked) throw new Unreadable("empty");
  const across = right - left + 1, down = bottom - top + 1;
  if (Math.max(across, down) < LEAST_INK * Math.max(width, height)) throw new Unreadable("dot");
  if (inked / (width * height) > MOST_INK) throw new Unreadable("blot");
  const inside = new Uint8Array(across * down);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      inside[y * across + x] = 255 - pixels[(top + y) * width + left + x];
    }
  }
  return { width: across, height: down, pixels: inside };
}

/** The same, with hair lines broadened so that scaling down does not wash them out. */
function thickened(picture) {
  const { width, height, pixels } = picture;
  const longer = Math.max(width, height);
  const inked = (x, y) => x >= 0 && y >= 0 && x < width && y < height && pixels[y * width + x] > 127;
  let area = 0, outline = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inked(x, y)) continue;
      area++;
      // A place that has a neighbour on paper, or is one itself, is on the outline.
      if (!(inked(x, y - 1) && inked(x, y + 1) && inked(x - 1, y) && inked(x + 1, y))) outline++;
    }
  }
  if (longer <= BOX_PX || !outline) return picture;
  const line = outline < area ? Math.max((2 * area) / outline, 1) : 1;
  const missing = (THINNEST_PX * 1.5 * longer) / BOX_PX - line;
  if ((line * BOX_PX) / longer >= THINNEST_PX || missing < 1) return picture;
  const scale = Math.min(1, (8 * BOX_PX) / longer);
  let small = picture;
  if (scale < 1) {
    small = resample(
      picture,
      Math.max(1, roundHalfEven(width * scale)),
      Math.max(1, roundHalfEven(height * scale)),
    );
    small.pixels = small.pixels.map((value) => Math.min(255, Math.trunc(value / scale)));
  }
  return greatest(small, Math.max(1, roundHalfEven((missing * scale) / 2)));
}

/** For each place the greatest value within so many px of it, with room for that around. */
function greatest({ width, height, pixels }, reach) {
  const wide = width + 2 * reach, high = height + 2 * reach;
  const rows = new Uint8Array(wide * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < wide; x++) {
      let most = 0;
      for (let k = Math.max(x - 2 * reach, 0); k <= Math.min(x, width - 1); k++) {
        most = Math.max(most, pixels[y * width + k]);
      }
      rows[y * wide + x] = most;
    }
  }
  const all = new Uint8Array(wide * high);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      let most = 0;
      for (let k = Math.max(y - 2 * reach, 0); k <= Math.min(y, height - 1); k++) {
        most = Math.max(most, rows[k * wide + x]);
      }
      all[y * wide + x] = most;
    }
  }
  return { width: wide, height: high, pixels: all };
}

function resized(picture) {
  const { width, height } = picture;
  const scale = BOX_PX / Math.max(width, height);
  const target = [width, height].map((side) => Math.max(1, roundHalfEven(side * scale)));
  return resample(picture, target[0], target[1]);
}

/**
 * The picture at another size: means over areas where it shrinks, between neighbours where it grows.
 * Source: Pillow's Resample.c, its 8-bit way, across first and then down.
 */
export function resample(picture, width, height) {
  const shrinks = Math.max(picture.width, picture.height) > Math.max(width, height);
  let { pixels } = picture;
  if (width !== picture.width) {
    const weights = shares(picture.width, width, shrinks);
    pixels = pass(pixels, picture.height, width, weights, picture.width, 1, width, 1);
  }
  if (height !== picture.height) {
    const weights = shares(picture.height, height, shrinks);
    pixels = pass(pixels, width, height, weights, 1, width, 1, width);
  }
  return { width, height, pixels };
}

const PRECISION = 2 ** 22;

/** For each target place the first source place that counts, and the weights from there on. */
function shares(from, to, shrinks) {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = (shrinks ? 0.5 : 1) * stretch;
  const filter = shrinks
    ? (x) => (x > -0.5 && x <= 0.5 ? 1 : 0)
    : (x) => Math.max(0, 1 - Math.abs(x));
  const all = [];
  for (let place = 0; place < to; place++) {
    const centre = (place + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const end = Math.min(Math.trunc(centre + support + 0.5), from);
    const weights = [];
    let total = 0;
    for (let x = first; x < end; x++) {
      const weight = filter((x - centre + 0.5) * (1 / stretch));
      weights.push(weight);
      total += weight;
    }
    all.push({ first, weights: weights.map((w) => Math.trunc(0.5 + (w / total) * PRECISION)) });
  }
  return all;
}

function pass(pixels, lines, places, weights, lineStep, step, lineStepOut, stepOut) {
  const out = new Uint8Array(lines * places);
  for (let line = 0; line < lines; line++) {
    for (let place = 0; place < places; place++) {
      const { first, weights: own } = weights[place];
      let sum = PRECISION / 2;
      for (let k = 0; k < own.length; k++) sum += pixels[line * lineStep + (first + k) * step] * own[k];
      out[line * lineStepOut + place * stepOut] = Math.min(255, Math.floor(sum / PRECISION));
    }
  }
  return out;
}

function centred({ width, height, pixels }) {
  let total = 0, across = 0, down = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = pixels[y * width + x];
      total += value;
      across += value * x;
      down += value * y;
    }
  }
  total = Math.max(total, 1);
  const place = (middle, side) =>
    Math.min(Math.max(roundHalfEven(DIGIT_PX / 2 - middle), 0), DIGIT_PX - side);
  const top = place(down / total, height), left = place(across / total, width);
  const image = new Uint8Array(DIGIT_PX * DIGIT_PX);
  for (let y = 0; y < height; y++) {
    image.set(pixels.subarray(y * width, (y + 1) * width), (top + y) * DIGIT_PX + left);
  }
  return image;
}
