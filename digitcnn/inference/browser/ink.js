// Strokes: from the canvas's paths, and onto paper. The same as preprocessing/ink.py, number by
// number; tests hold the two together. A stroke is an array of [x, y] in canvas pixels.

import { roundHalfEven } from "./arithmetic.js";

export const CANVAS_PX = 280;
export const PEN_PX = 18;

const FINEST_PEN = 0.087;
const BROADEST_PEN = 0.176;
const SMOOTHING = 2;

/** Points along a Bézier curve after its start, about 3 px apart. */
function curve(corners) {
  let length = 0;
  for (let i = 1; i < corners.length; i++) {
    length += Math.hypot(corners[i][0] - corners[i - 1][0], corners[i][1] - corners[i - 1][1]);
  }
  const n = Math.min(Math.max(Math.trunc(length / 3), 1), 200);
  const points = [];
  for (let i = 1; i <= n; i++) {
    const t = i / n;
    let rest = corners;
    while (rest.length > 1) {
      const next = [];
      for (let k = 0; k + 1 < rest.length; k++) {
        next.push([
          rest[k][0] * (1 - t) + rest[k + 1][0] * t,
          rest[k][1] * (1 - t) + rest[k + 1][1] * t,
        ]);
      }
      rest = next;
    }
    points.push(rest[0]);
  }
  return points;
}

/** The points of a path of M, L, Q, C and Z commands, as Fabric writes them. */
export function flatten(path) {
  const points = [];
  for (const [letter, ...numbers] of path) {
    const ends = [];
    for (let i = 0; i + 1 < numbers.length; i += 2) ends.push([numbers[i], numbers[i + 1]]);
    if ((letter === "Q" || letter === "C") && points.length) {
      points.push(...curve([points[points.length - 1], ...ends]));
    } else if (letter !== "Z") {
      points.push(...ends.slice(-1));
    }
  }
  return points.map(([x, y]) => [Math.fround(x), Math.fround(y)]);
}

/**
 * The smoothed path that the canvas makes of a pen's places: curves between their midpoints.
 *
 * @param {number[][]} places where the pen was, [x, y] in canvas px
 * @param {number} penPx the pen's width
 * @returns {Array} commands for {@link flatten}
 */
export function smoothed(places, penPx) {
  const points = decimated(places);
  const shift = penPx / 1000;
  const n = points.length;
  let one = points[0], two = points[1] ?? points[0];
  let across = n > 2 ? Math.sign(points[2][0] - two[0]) : 1;
  let down = n > 2 ? Math.sign(points[2][1] - two[1]) : 0;
  const path = [["M", one[0] - across * shift, one[1] - down * shift]];
  for (let i = 1; i < n; i++) {
    if (one[0] !== two[0] || one[1] !== two[1]) {
      path.push(["Q", one[0], one[1], (one[0] + two[0]) / 2, (one[1] + two[1]) / 2]);
    }
    one = points[i];
    if (i + 1 < n) two = points[i + 1];
  }
  if (n > 2) {
    across = Math.sign(one[0] - points[n - 2][0]);
    down = Math.sign(one[1] - points[n - 2][1]);
  }
  path.push(["L", one[0] + across * shift, one[1] + down * shift]);
  return path;
}

/** The places without those that are hardly apart, the last one kept: Fabric's decimation. */
function decimated(places) {
  if (places.length <= 2) return places;
  const kept = [places[0]];
  const least = 0.4 ** 2;
  let last = places[0];
  for (let i = 1; i < places.length - 2; i++) {
    if ((last[0] - places[i][0]) ** 2 + (last[1] - places[i][1]) ** 2 >= least) {
      last = places[i];
      kept.push(last);
    }
  }
  kept.push(places[places.length - 1]);
  return kept;
}

/** The pen's width that neither fills nor starves this drawing: legible_pen_px of ink.py. */
export function legiblePenPx(ink, penPx = PEN_PX, size = [CANVAS_PX, CANVAS_PX]) {
  let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
  for (const stroke of ink) {
    for (const [x, y] of stroke) {
      const across = Math.min(Math.max(x, 0), size[0]), down = Math.min(Math.max(y, 0), size[1]);
      left = Math.min(left, across);
      right = Math.max(right, across);
      top = Math.min(top, down);
      bottom = Math.max(bottom, down);
    }
  }
  const longer = right < left ? 0 : Math.max(Math.fround(right - left), Math.fround(bottom - top));
  return Math.min(Math.max(penPx, FINEST_PEN * longer), Math.max(BROADEST_PEN * longer, 1));
}

/**
 * The ink on paper, as Pillow draws it in ink.py: round pen, twice as large, then averaged.
 *
 * @param {number[][][]} ink strokes
 * @param {number[]} size width and height of the raster, px
 * @param {number} [penPx] by default {@link legiblePenPx}
 * @returns {{width: number, height: number, pixels: Uint8Array}} 255 paper, 0 ink
 */
export function rasterize(ink, size = [CANVAS_PX, CANVAS_PX], penPx = legiblePenPx(ink, PEN_PX, size)) {
  const [width, height] = size;
  const fine = { width: width * SMOOTHING, height: height * SMOOTHING };
  fine.pixels = new Uint8Array(fine.width * fine.height);
  const radius = (penPx * SMOOTHING) / 2;
  const broad = Math.max(1, roundHalfEven(2 * radius));
  const onPaper = (value) =>
    Math.min(Math.max(value, -2 * CANVAS_PX), 4 * CANVAS_PX) * SMOOTHING;
  for (const stroke of ink) {
    const corners = stroke.map(([x, y]) => [onPaper(x), onPaper(y)]);
    for (let i = 1; i < corners.length; i++) bar(fine, corners[i - 1], corners[i], broad);
    for (const [x, y] of corners) {
      disc(fine, Math.trunc(x - radius), Math.trunc(y - radius), Math.trunc(x + radius), Math.trunc(y + radius));
    }
  }
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const upper = 2 * y * fine.width, lower = upper + fine.width;
    for (let x = 0; x < width; x++) {
      const inked =
        fine.pixels[upper + 2 * x] + fine.pixels[upper + 2 * x + 1] +
        fine.pixels[lower + 2 * x] + fine.pixels[lower + 2 * x + 1];
      pixels[y * width + x] = ((4 - inked) * 255 + 2) >> 2;
    }
  }
  return { width, height, pixels };
}

/** Inks a row from one column to another, both included. */
function row(picture, y, from, to) {
  if (y < 0 || y >= picture.height) return;
  const left = Math.max(from, 0), right = Math.min(to, picture.width - 1);
  if (left <= right) picture.pixels.fill(1, y * picture.width + left, y * picture.width + right + 1);
}

/** A filled ellipse in a box, both corners included. Source: Pillow's quarter walk, Draw.c. */
function disc(picture, x0, y0, x1, y1) {
  const a = x1 - x0, b = y1 - y0;
  if (a < 0 || b < 0) return;
  const off = (x, y) => Math.abs(a * a * y * y + b * b * x * x - a * a * b * b);
  let x = a, y = b % 2;
  const endX = a % 2, endY = b;
  let widest = x, at = y;
  for (;;) {
    // The first place of each row is the outermost.
    if (y !== at) {
      at = y;
      widest = x;
    }
    if (x === widest) {
      const from = x0 + (a - x) / 2, to = x0 + (a + x) / 2;
      row(picture, y0 + (b + y) / 2, from, to);
      row(picture, y0 + (b - y) / 2, from, to);
    }
    if (x === endX && y === endY) return;
    let nextX = x, nextY = y + 2, least = off(nextX, nextY);
    if (nextX > 1) {
      let other = off(x - 2, y + 2);
      if (least > other) [nextX, least] = [x - 2, other];
      other = off(x - 2, y);
      if (least > other) [nextX, nextY] = [x - 2, y];
    }
    x = nextX;
    y = nextY;
  }
}

/** A straight line of some width without caps: a polygon. Source: Pillow's Draw.c. */
function bar(picture, start, end, broad) {
  const [x0, y0] = start.map(Math.trunc), [x1, y1] = end.map(Math.trunc);
  const dx = x1 - x0, dy = y1 - y0;
  if (dx === 0 && dy === 0) {
    row(picture, y0, x0, x0);
    return;
  }
  const half = (broad - 1) / 2, length = Math.hypot(dx, dy);
  const most = roundUp(half) / length, least = roundDown(half) / length;
  const dxmin = roundDown(least * dy), dxmax = roundDown(most * dy);
  const dymin = roundDown(least * dx), dymax = roundDown(most * dx);
  polygon(picture, [
    [x0 - dxmin, y0 + dymax], [x1 - dxmin, y1 + dymax],
    [x1 + dxmax, y1 - dymin], [x0 + dxmax, y0 - dymin],
  ]);
}

// Halves away from zero, and towards it.
const roundUp = (value) => (value >= 0 ? Math.floor(value + 0.5) : -Math.floor(-value + 0.5));
const roundDown = (value) => (value >= 0 ? Math.ceil(value - 0.5) : -Math.ceil(-value - 0.5));

/** A polygon, filled row by row. Source: Pillow's polygon_generic, in single precision as there. */
function polygon(picture, corners) {
  const edges = [];
  let first = picture.height - 1, last = 0;
  for (let i = 0; i < corners.length; i++) {
    const [xa, ya] = corners[i], [xb, yb] = corners[(i + 1) % corners.length];
    first = Math.min(first, ya, yb);
    last = Math.max(last, ya, yb);
    if (ya === yb) row(picture, ya, Math.min(xa, xb), Math.max(xa, xb));
    else {
      const lean = Math.fround((xb - xa) / (yb - ya));
      edges.push({ xa, ya, lean, top: Math.min(ya, yb), bottom: Math.max(ya, yb) });
    }
  }
  const at = (edge, y) => Math.fround(Math.fround((y - edge.ya) * edge.lean) + edge.xa);
  for (let y = Math.max(first, 0); y <= Math.min(last, picture.height); y++) {
    const places = [];
    edges.forEach((edge, i) => {
      if (y < edge.top || y > edge.bottom) return;
      const x = at(edge, y);
      if (y === edge.bottom && y < last) places.push(x, x);
      else if ((y === edge.top || y === edge.bottom) && edge.lean !== 0) {
        places.push(corner(edges.slice(0, i), edge, y, x, at));
      } else places.push(x);
    });
    places.sort((a, b) => a - b);
    for (let i = 1; i < places.length; i += 2) {
      row(picture, y, roundUp(places[i - 1]), roundDown(places[i]));
    }
  }
}

/** Where a row begins at a corner: as far out as what the two edges ink in the row beside it. */
function corner(others, edge, y, x, at) {
  const beside = y + (y === edge.bottom ? -1 : 1);
  for (const other of others) {
    if ((y !== other.top && y !== other.bottom) || other.lean === 0) continue;
    if (roundUp(x) !== roundUp(at(other, y))) continue;
    if (beside < other.top || beside > other.bottom) continue;
    const own = at(edge, beside), others = at(other, beside);
    if (x > own + 1 && x > others + 1) return roundUp(Math.max(own, others)) + 1;
    if (x < own - 1 && x < others - 1) return roundUp(Math.min(own, others)) - 1;
    return x;
  }
  return x;
}
