// The exported page: paper, answer, feature maps and confusion matrix, without a server.

import { readDrawing } from "./drawing_reader.js";
import { flatten, PEN_PX, smoothed } from "./ink.js";
import { forward } from "./network.js";
import { drawInk, showImage } from "./pictures.js";
import { Reader } from "./reader.js";
import { Replay } from "./replay.js";
import { barLabel, NOT_A_DIGIT, percent, TROUBLE } from "./words.js";

const PAPER_SIZE = [280, 280];
const byId = (id) => document.getElementById(id);
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

const about = JSON.parse(byId("about").textContent);
let reader = null;
let ink = [];
let past = [], future = [];
let places = null;
let replay;

function current() {
  return places ? [...ink, flatten(smoothed(places, PEN_PX))] : ink;
}

/** Draws strokes on the paper, over what is yet to come of them. */
function drawPaper(strokes = current(), whole = []) {
  const color = getComputedStyle(byId("paper")).color;
  const lines = [
    ...whole.map((points) => ({ points, width: PEN_PX, faded: true })),
    ...strokes.map((points) => ({ points, width: PEN_PX })),
  ];
  drawInk(byId("paper"), lines, PAPER_SIZE, color);
}

function show(reading) {
  const isRead = reading && !reading.trouble;
  const isDigit = isRead && reading.isDigit;
  byId("digit").textContent = isDigit ? reading.label : "";
  byId("says").textContent = isDigit
    ? ""
    : reading
      ? (TROUBLE[reading.trouble] ?? NOT_A_DIGIT)
      : "Draw on the paper";
  byId("sure").textContent = isRead
    ? `${isDigit ? "" : `Best guess: ${reading.label}, `}${percent(reading.probabilities[reading.label])} sure`
    : "";
  byId("runner-up").textContent = isRead
    ? `Runner-up: ${reading.runnerUp} (${percent(reading.probabilities[reading.runnerUp])})`
    : "";
  showImage(byId("seen"), isRead ? reading.image : new Uint8Array(784));
  [...byId("bars").children].forEach((column, digit) => {
    const [label, bar] = column.children;
    const probability = isRead ? reading.probabilities[digit] : 0;
    bar.style.height = `${probability * 100}px`;
    label.textContent = barLabel(probability);
    column.classList.toggle("chosen", Boolean(isRead) && digit === reading.label);
  });
  return isRead ? reading : null;
}

/** Reads what is on the paper; the feature maps wait until the pen rests. */
function read(moving = false) {
  drawPaper();
  const reading = reader && show(readDrawing(reader, current(), null, moving));
  if (!moving) {
    showMaps(reading?.image);
    replay.take(ink, reader);
  }
}

function showMaps(image) {
  byId("maps").replaceChildren();
  byId("maps-note").hidden = Boolean(image);
  if (!image) return;
  let last = null, number = 0;
  forward(reader.layers, image, 1, (layer, values, shape) => {
    if (layer.kind === "conv") last = ++number;
    // What a stage gives is known after its activation, the next layer but one at the most.
    if ((layer.kind === "relu" || layer.kind === "tanh") && last) {
      byId("maps").append(mosaic(values, shape, last));
      last = null;
    }
  });
}

function mosaic(values, [height, width, depth], number) {
  const columns = Math.max(...[...Array(25).keys()].filter((n) => n && depth % n === 0 && n <= (width > 8 ? 8 : width > 2 ? 16 : 24)));
  const rows = depth / columns;
  const canvas = document.createElement("canvas");
  canvas.width = columns * (width + 1) - 1;
  canvas.height = rows * (height + 1) - 1;
  const pen = canvas.getContext("2d");
  const picture = pen.createImageData(canvas.width, canvas.height);
  const most = Math.max(...values) || 1;
  for (let map = 0; map < depth; map++) {
    const left = (map % columns) * (width + 1), top = Math.floor(map / columns) * (height + 1);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = (255 * values[(y * width + x) * depth + map]) / most;
        const at = 4 * ((top + y) * canvas.width + left + x);
        picture.data.fill(value, at, at + 3);
        picture.data[at + 3] = 255;
      }
    }
  }
  pen.putImageData(picture, 0, 0);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `The ${depth} feature maps of stage ${number}, light where a pattern was found`);
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = `Stage ${number}: ${depth} maps of ${height} × ${width}`;
  figure.append(caption, canvas);
  return figure;
}

/** Shows a moment of the replay on the paper and in the answer. */
function showMoment(part, reading) {
  drawPaper(part, ink);
  showMaps(show(reading)?.image);
}

/** Puts strokes on the paper; what was there comes back by Undo. */
function change(strokes) {
  past.push(ink);
  future = [];
  ink = strokes;
  read();
}

function step(from, to) {
  if (!from.length) return;
  to.push(ink);
  ink = from.pop();
  read();
}

const undo = () => step(past, future);
const redo = () => step(future, past);

function place(event) {
  const box = byId("paper").getBoundingClientRect();
  return [((event.clientX - box.left) * 280) / box.width, ((event.clientY - box.top) * 280) / box.height];
}

function listen() {
  const paper = byId("paper");
  let frame;
  paper.onpointerdown = (event) => {
    if (event.button > 0 || places) return;
    paper.setPointerCapture(event.pointerId);
    places = [place(event)];
    replay.rest();
    read(true);
  };
  paper.onpointermove = (event) => {
    if (!places) return;
    places.push(place(event));
    if (frame === undefined) frame = requestAnimationFrame(() => {
      frame = undefined;
      if (places) read(true);
    });
  };
  paper.onpointerup = paper.onpointercancel = () => {
    if (!places) return;
    const strokes = current();
    places = null;
    change(strokes);
  };
  byId("undo").onclick = undo;
  byId("redo").onclick = redo;
  byId("clear").onclick = () => ink.length && change([]);
  addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || (key !== "z" && key !== "y")) return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) redo();
    else undo();
  });
  new ResizeObserver(() => drawPaper()).observe(paper);
  matchMedia("(prefers-color-scheme: dark)").onchange = () => drawPaper();
  byId("samples").onclick = (event) => {
    const digit = event.target.closest("button")?.dataset.digit;
    if (digit !== undefined) change(about.samples[digit]);
  };
  byId("matrix").onclick = (event) => {
    const button = event.target.closest("button");
    if (button) showCell(button);
  };
}

function showCell(button) {
  const { true: truth, predicted } = button.dataset;
  for (const other of byId("matrix").querySelectorAll("button")) other.setAttribute("aria-pressed", other === button);
  const pictures = about.pictures[`${truth}${predicted}`] ?? [];
  byId("cell-says").textContent =
    `${button.textContent} × a ${truth} read as ${predicted}` +
    (pictures.length < Number(button.textContent) ? `; ${pictures.length} of them:` : ":");
  byId("cell").replaceChildren(...pictures.map((text, i) => {
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `A ${truth} read as ${predicted}, ${i + 1}`);
    showImage(canvas, bytes(text));
    return canvas;
  }));
}

try {
  reader = new Reader(bytes(byId("network").textContent.trim()).buffer);
} catch (error) {
  byId("trouble").hidden = false;
  console.info(error.message);
}
replay = new Replay(byId("replay"), showMoment);
listen();
read();
