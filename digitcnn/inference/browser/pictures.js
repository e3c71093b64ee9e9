// Strokes and digit images on <canvas> elements.

import { DIGIT_PX } from "./digit_image.js";

/**
 * Draws strokes as smooth lines, at the screen's own density.
 *
 * @param {HTMLCanvasElement} canvas of any size on the page
 * @param {{points: number[][], width: number, faded?: boolean, marked?: boolean}[]} strokes
 * @param {number[]} size width and height of the paper that the strokes are on, in their px
 * @param {string} color of the pen
 * @param {string} [markColor] of strokes that are marked
 */
export function drawInk(canvas, strokes, size, color, markColor = color) {
  const box = canvas.getBoundingClientRect();
  const density = globalThis.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(box.width * density));
  const height = Math.max(1, Math.round(box.height * density));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const pen = canvas.getContext("2d");
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.setTransform(width / size[0], 0, 0, height / size[1], 0, 0);
  pen.lineCap = pen.lineJoin = "round";
  for (const stroke of strokes) {
    pen.globalAlpha = stroke.faded ? 0.18 : 1;
    pen.strokeStyle = stroke.marked ? markColor : color;
    pen.lineWidth = stroke.width;
    pen.beginPath();
    for (const [i, [x, y]] of stroke.points.entries()) {
      if (i) pen.lineTo(x, y);
      else pen.moveTo(x, y);
    }
    // A dot is a line of no length, which some browsers pass over.
    if (stroke.points.length === 1) pen.lineTo(stroke.points[0][0] + 0.01, stroke.points[0][1]);
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

/** Shows a digit image, Uint8Array (784,), light on dark. */
export function showImage(canvas, image) {
  if (canvas.width !== DIGIT_PX) canvas.width = DIGIT_PX;
  if (canvas.height !== DIGIT_PX) canvas.height = DIGIT_PX;
  const pen = canvas.getContext("2d");
  const picture = pen.createImageData(DIGIT_PX, DIGIT_PX);
  for (let i = 0; i < image.length; i++) {
    picture.data.fill(image[i], 4 * i, 4 * i + 3);
    picture.data[4 * i + 3] = 255;
  }
  pen.putImageData(picture, 0, 0);
}
