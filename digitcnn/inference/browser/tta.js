// Test-time augmentation: the same nine views of a digit as inference/tta.py.

import { DIGIT_PX } from "./digit_image.js";

const TURN = 0.12, SLANT = 0.15, WIDER = 0.1, TALLER = 0.08;

const CHANGES = [
  [1, 0, 0, 1],
  ...[TURN, -TURN].map((t) => [Math.cos(t), -Math.sin(t), Math.sin(t), Math.cos(t)]),
  ...[SLANT, -SLANT].map((slant) => [1, slant, 0, 1]),
  ...[WIDER, -WIDER].map((part) => [1 + part, 0, 0, 1]),
  ...[TALLER, -TALLER].map((part) => [1, 0, 0, 1 + part]),
];
export const N_VIEWS = CHANGES.length;

const SIZE = DIGIT_PX * DIGIT_PX;

// For each view and pixel four source pixels, and how much of each.
const SOURCES = new Int32Array(N_VIEWS * SIZE * 4);
const WEIGHTS = new Float32Array(N_VIEWS * SIZE * 4);

CHANGES.forEach(([xx, xy, yx, yy], view) => {
  const middle = (DIGIT_PX - 1) / 2;
  for (let pixel = 0; pixel < SIZE; pixel++) {
    const right = (pixel % DIGIT_PX) - middle, low = Math.floor(pixel / DIGIT_PX) - middle;
    const x = xx * right + xy * low + middle, y = yx * right + yy * low + middle;
    const left = Math.floor(x), top = Math.floor(y);
    for (let corner = 0; corner < 4; corner++) {
      const column = left + (corner >> 1), row = top + (corner & 1);
      const inside = column >= 0 && column < DIGIT_PX && row >= 0 && row < DIGIT_PX;
      const at = (view * SIZE + pixel) * 4 + corner;
      SOURCES[at] = inside ? row * DIGIT_PX + column : SIZE;
      WEIGHTS[at] = (1 - Math.abs(x - column)) * (1 - Math.abs(y - row));
    }
  }
});

/**
 * Every view of a digit image, the first being the digit as it is.
 *
 * @param {Uint8Array} image (784,)
 * @returns {Float32Array} (9 · 784,), 0 to 255
 */
export function views(image) {
  const pixels = new Float32Array(SIZE + 1);
  pixels.set(image);
  const seen = new Float32Array(N_VIEWS * SIZE);
  for (let i = 0, at = 0; i < seen.length; i++, at += 4) {
    seen[i] =
      pixels[SOURCES[at]] * WEIGHTS[at] + pixels[SOURCES[at + 1]] * WEIGHTS[at + 1] +
      pixels[SOURCES[at + 2]] * WEIGHTS[at + 2] + pixels[SOURCES[at + 3]] * WEIGHTS[at + 3];
  }
  return seen;
}
