// The map of digits: points on a canvas. A drag draws around digits, a click chooses the nearest;
// the wheel, two fingers or the buttons bring it closer.

import { whenGone } from "../shared/when_gone.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".map");
  const view = (root.view ??= build(root));
  view.tell = setTriggerValue;
  if (view.shown !== data[0]) {
    view.shown = data[0];
    load(view, JSON.parse(data[0]));
  }
  view.thumbnails = data[1];
  draw(view);
  document.addEventListener("digitcnn-moment", view.hears);
  return whenGone(root, () => {
    document.removeEventListener("digitcnn-moment", view.hears);
    view.watch.disconnect();
    root.view = undefined;
    root.replaceChildren();
  });
}

const GRID = 999;
const THUMBNAIL_PX = 84; // side of a digit beside the pointer, as in explore.css

function build(root) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  const tools = document.createElement("div");
  tools.className = "map-tools";
  const tool = (text, label, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", label);
    button.title = label;
    button.addEventListener("click", act);
    tools.append(button);
    return button;
  };
  const view = {
    root, canvas, tip, scale: 1, centre: [GRID / 2, GRID / 2], lasso: null, fingers: new Map(),
    around: false, points: null, chosen: null, chosenText: null, layers: {}, timer: 0,
  };
  // A step along the training tells what is other; the page follows when the slider rests.
  view.hears = ({ detail }) => {
    if (!detail.map || !view.told) return;
    load(view, { ...view.told, ...JSON.parse(detail.map) });
    // With the frame: to measure the canvas now would lay out the page twice.
    requestAnimationFrame(() => draw(view));
  };
  root.append(canvas, tools, tip);
  view.lassoButton = tool("Draw around", "Select digits by drawing around them with a finger", () => {
    view.around = !view.around;
    view.lassoButton.setAttribute("aria-pressed", view.around);
    canvas.style.touchAction = view.around ? "none" : "pan-y";
  });
  view.lassoButton.className = "touch-only";
  view.lassoButton.setAttribute("aria-pressed", "false");
  tool("+", "Closer", () => zoom(view, 1.6));
  tool("−", "Further away", () => zoom(view, 1 / 1.6));
  tool("Reset", "The whole map", () => { view.scale = 1; view.centre = [GRID / 2, GRID / 2]; draw(view); });
  canvas.style.touchAction = "pan-y";
  canvas.addEventListener("wheel", (event) => {
    // A plain wheel scrolls the page, as everywhere else on it.
    if (!event.ctrlKey && !event.metaKey && view.scale === 1) return;
    event.preventDefault();
    zoom(view, Math.exp(-event.deltaY / 300), toMap(view, event));
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    view.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    view.moved = false;
    view.from = [event.clientX, event.clientY];
    const selects = event.pointerType === "mouse" || event.pointerType === "pen" || view.around;
    view.lasso = selects && view.fingers.size === 1 ? [toMap(view, event)] : null;
    if (selects) canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!view.fingers.has(event.pointerId)) return hover(view, event);
    const before = [...view.fingers.values()];
    view.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (view.fingers.size === 2) return pinch(view, before, [...view.fingers.values()]);
    if (Math.hypot(event.clientX - view.from[0], event.clientY - view.from[1]) > 6) view.moved = true;
    if (view.lasso) {
      view.lasso.push(toMap(view, event));
      draw(view);
    }
  });
  const end = (event) => {
    if (!view.fingers.delete(event.pointerId)) return;
    const lasso = view.lasso;
    view.lasso = null;
    if (event.type === "pointerup") {
      if (lasso && view.moved && lasso.length > 4) view.tell("around", simplify(lasso));
      else if (!view.moved) choose(view, event);
    }
    draw(view);
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerleave", () => { view.tip.hidden = true; });
  view.watch = new ResizeObserver(() => draw(view));
  view.watch.observe(root);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(view));
  return view;
}

function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function load(view, told) {
  view.told = told;
  if (view.address !== told.points) {
    view.address = told.points;
    view.points = null;
    view.canvas.setAttribute("aria-busy", "true");
    fetch(told.points.replace(/^\//, ""))  // below the app's own address, whatever that is
      .then((answer) => answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status))
      .then((content) => {
        if (view.address !== told.points) return;
        unpack(view, content, told.n);
        draw(view);
      })
      .catch(() => { if (view.address === told.points) view.address = null; });  // asked again
  }
  if (view.chosenText !== told.chosen) {
    view.chosenText = told.chosen;
    view.chosen = told.chosen === null ? null : bytes(told.chosen);
    view.layers = {};
  }
  if (view.readText !== told.read) {
    view.readText = told.read;
    view.read = told.read === null ? null : bytes(told.read);
    view.layers.crosses = null;
  }
  view.opened = told.opened;
  view.here = told.here;
  view.region = told.region;
  view.colors = told.colors;
  view.middles = told.middles;
  view.canvas.setAttribute("aria-label", told.words);
}

function unpack(view, content, n) {
  const numbers = new Uint16Array(content, 0, 2 * n);
  view.points = { x: numbers.subarray(0, n), y: numbers.subarray(n), n };
  view.labels = new Uint8Array(content, 4 * n, n);
  view.finished = new Uint8Array(content, 5 * n, n);
  view.layers = {};
  view.canvas.removeAttribute("aria-busy");
}

/** What each digit was read as: at the moment that is looked at, or by the finished network. */
function predicted(view) {
  return view.read ?? view.finished;
}

function side(view) {
  return view.canvas.clientWidth;
}

function toScreen(view, x, y) {
  return placing(view)(x, y);
}

/** Where places lie on the screen. The canvas is measured once: for each dot it would take long. */
function placing(view) {
  const px = side(view);
  const unit = ((px - 24) / GRID) * view.scale;
  const [left, top] = view.centre.map((value) => px / 2 - value * unit);
  return (x, y) => [x * unit + left, y * unit + top];
}

function toMap(view, event) {
  const box = view.canvas.getBoundingClientRect();
  const unit = ((side(view) - 24) / GRID) * view.scale;
  return [
    (event.clientX - box.left - side(view) / 2) / unit + view.centre[0],
    (event.clientY - box.top - side(view) / 2) / unit + view.centre[1],
  ];
}

function zoom(view, factor, about = view.centre) {
  const scale = Math.max(1, Math.min(24, view.scale * factor));
  const kept = view.scale / scale;
  view.centre = view.centre.map((value, i) =>
    scale === 1 ? GRID / 2 : about[i] + (value - about[i]) * kept);
  view.scale = scale;
  view.tip.hidden = true;
  draw(view);
}

function pinch(view, before, after) {
  view.lasso = null;
  view.moved = true;
  const apart = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const [a, b] = after;
  const middle = { clientX: (a[0] + b[0]) / 2, clientY: (a[1] + b[1]) / 2 };
  zoom(view, apart(after) / Math.max(apart(before), 1), toMap(view, middle));
}

function nearest(view, event, reach) {
  const box = view.canvas.getBoundingClientRect();
  const place = placing(view);
  let best = -1, least = reach * reach;
  for (let i = 0; i < view.points.n; i++) {
    const [x, y] = place(view.points.x[i], view.points.y[i]);
    const apart = (x + box.left - event.clientX) ** 2 + (y + box.top - event.clientY) ** 2;
    if (apart < least) [best, least] = [i, apart];
  }
  return best;
}

function says(view, i) {
  const [label, read] = [view.labels[i], predicted(view)[i]];
  return label === read ? `${label}, read correctly` : `${label} read as ${read}`;
}

function hover(view, event) {
  if (!view.points) return;
  const i = nearest(view, event, 10);
  view.canvas.style.cursor = i < 0 ? "crosshair" : "pointer";
  view.tip.hidden = i < 0;
  if (i < 0) return;
  const [x, y] = toScreen(view, view.points.x[i], view.points.y[i]);
  view.tip.replaceChildren(...picture(view, i), says(view, i));
  view.tip.style.left = `${Math.max(0, Math.min(x + 10, side(view) - 120))}px`;
  view.tip.style.top = `${y + 10}px`;
}

// The digit itself, from the sheet of all digits; nothing until that is here.
function picture(view, i) {
  const [url, across] = view.thumbnails;
  if (!url) return [];
  if (view.sheetUrl !== url) {
    view.sheetUrl = url;
    view.sheet = new Image();
    view.sheet.src = url.replace(/^\//, "");  // below the app's own address, whatever that is
  }
  if (!view.sheet.complete || !view.sheet.naturalWidth) return [];
  const thumbnail = document.createElement("i");
  const [column, row] = [i % across, Math.floor(i / across)];
  thumbnail.style.background = `url("${view.sheet.src}") ${-column * THUMBNAIL_PX}px ` +
    `${-row * THUMBNAIL_PX}px / ${across * THUMBNAIL_PX}px auto`;
  return [thumbnail];
}

function choose(view, event) {
  const i = view.points ? nearest(view, event, event.pointerType === "touch" ? 24 : 12) : -1;
  if (i >= 0) view.tell("open", i);
}

// At most 40 corners, on the grid: every so many steps along the line.
function simplify(line) {
  const every = Math.max(1, Math.ceil(line.length / 36));
  return line.filter((_, i) => i % every === 0)
    .map((point) => point.map((value) => Math.round(Math.max(0, Math.min(GRID, value)))));
}

function outline(context, view, corners) {
  context.beginPath();
  for (const [i, [x, y]] of corners.entries()) {
    context[i ? "lineTo" : "moveTo"](...toScreen(view, x, y));
  }
  context.closePath();
}

/** A layer of the map as it was drawn last, or drawn anew where it would look otherwise. */
function layer(view, name, looks, paint) {
  const kept = view.layers[name];
  if (kept?.looks === looks) return kept.canvas;
  const canvas = kept?.canvas ?? document.createElement("canvas");
  const [px, dense] = looks.split(" ").map(Number);
  canvas.width = canvas.height = px;
  view.layers[name] = { canvas, looks };
  const context = canvas.getContext("2d");
  context.setTransform(dense, 0, 0, dense, 0, 0);
  paint(context);
  return canvas;
}

function isChosen(view, i) {
  return view.chosen === null || Boolean((view.chosen[i >> 3] >> (i & 7)) & 1);
}

function size(view) {
  return Math.min(1.5 + 0.35 * (view.scale - 1), 5);
}

// Dots are coloured by label: 60,000 take a tenth of a second, and a step along the training, or a
// label that is settled, leaves them as they are.
function dots(view, context) {
  const { points, labels } = view;
  const [place, radius, px] = [placing(view), size(view), side(view)];
  // Faint first, so that what is chosen lies on top.
  for (const bright of [false, true]) {
    for (let digit = 0; digit < 10; digit++) {
      context.beginPath();
      for (let i = 0; i < points.n; i++) {
        if (labels[i] !== digit || isChosen(view, i) !== bright) continue;
        const [x, y] = place(points.x[i], points.y[i]);
        if (x < -9 || y < -9 || x > px + 9 || y > px + 9) continue;
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 7);
      }
      context.fillStyle = view.colors[digit];
      context.globalAlpha = bright ? 0.9 : 0.24;
      context.fill();
    }
  }
}

// Mistakes are crosses, in ink.
function crosses(view, context, ink) {
  const { points, labels } = view;
  const [place, arm, read] = [placing(view), size(view) + 1.8, predicted(view)];
  for (const bright of [false, true]) {
    context.beginPath();
    for (let i = 0; i < points.n; i++) {
      if (labels[i] === read[i] || isChosen(view, i) !== bright) continue;
      const [x, y] = place(points.x[i], points.y[i]);
      context.moveTo(x - arm, y - arm);
      context.lineTo(x + arm, y + arm);
      context.moveTo(x + arm, y - arm);
      context.lineTo(x - arm, y + arm);
    }
    context.globalAlpha = bright ? 1 : 0.35;
    context.strokeStyle = ink;
    context.lineWidth = 1.4;
    context.stroke();
  }
}

function draw(view) {
  if (!view.points || !side(view)) return;
  const { canvas, points } = view;
  const dense = window.devicePixelRatio || 1;
  const px = Math.round(side(view) * dense);
  if (canvas.width !== px) canvas.width = canvas.height = px;
  const context = canvas.getContext("2d");
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.clearRect(0, 0, side(view), side(view));
  const style = getComputedStyle(view.root);
  const [ink, ground] = [style.color, style.backgroundColor];
  const looks = [px, dense, view.scale, ...view.centre].join(" ");
  for (const drawn of [
    layer(view, "dots", looks, (on) => dots(view, on)),
    layer(view, "crosses", `${looks} ${ink}`, (on) => crosses(view, on, ink)),
  ]) context.drawImage(drawn, 0, 0, side(view), side(view));
  context.globalAlpha = 1;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const write = (text, x, y, font) => {
    context.font = font;
    context.lineWidth = 5;
    context.lineJoin = "round";
    context.strokeStyle = ground;
    context.strokeText(text, x, y);
    context.fillStyle = ink;
    context.fillText(text, x, y);
  };
  view.middles.forEach((middle, digit) => {
    if (middle) write(String(digit), ...toScreen(view, ...middle), "600 22px Georgia, serif");
  });
  const ring = (x, y, radius) => {
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    for (const [color, width] of [[ground, 5], [ink, 2.5]]) {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.stroke();
    }
  };
  if (view.opened !== null && view.opened < points.n) {
    ring(...toScreen(view, points.x[view.opened], points.y[view.opened]), 8);
  }
  if (view.here) {
    const [x, y] = toScreen(view, ...view.here);
    ring(x, y, 10);
    ring(x, y, 3);
    const right = x > side(view) - 90;
    context.textAlign = right ? "right" : "left";
    write("You are here", x + (right ? -16 : 16), y, "600 14px sans-serif");
  }
  for (const corners of [view.region, view.lasso]) {
    if (!corners || !corners.length) continue;
    outline(context, view, corners);
    context.setLineDash([5, 4]);
    context.strokeStyle = ink;
    context.lineWidth = 1.5;
    context.stroke();
    context.setLineDash([]);
  }
}
