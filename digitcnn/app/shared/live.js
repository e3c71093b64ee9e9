// The paper, while it is drawn on: the line at the screen's own density, the network's reading with
// every movement of the pen, the eraser, keys, and what survives a reload. The canvas beneath stays
// what takes the strokes and sends them.

import { LiveAnswer } from "./answer.js";
import { readDrawing } from "./drawing_reader.js";
import { fetchReader } from "./fetch_reader.js";
import { CANVAS_PX, flatten, smoothed } from "./ink.js";
import { isKept, keep, kept, setKept } from "./kept.js";
import { drawInk } from "./pictures.js";

export const PEN_COLOR = "#1b1d24";
const MARK_COLOR = "#c8372d";
const NEAR_PX = 12; // canvas px from a stroke's edge that the eraser still reaches
const TYPED =
  "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";
const CHANGING = ["undo", "redo", "clear"];
const AWAY_MS = 6000; // without an answer, the server is away
const UNANSWERED_MS = 1500; // after that, a change that was asked for changed nothing

const papers = new Map(); // by their roots
const followers = new Map(); // of papers, by the paper's name

/** Makes a paper live; called again with whatever the server tells of it. */
export function paper(root, told, setTriggerValue) {
  let view = papers.get(root);
  if (!view) papers.set(root, (view = new Paper(root)));
  view.take(told, setTriggerValue);
  return () => {
    view.leave();
    papers.delete(root);
  };
}

/**
 * Has a function called now, and whenever what is on a paper changes.
 *
 * @param {string} name of the paper
 * @param {(strokes: {points: number[][], width: number}[] | null, paper: Paper) => void} listener
 *   gets null as the pen is set down, and nothing while it moves
 * @returns {() => void} ends it
 */
export function follow(name, listener) {
  if (!followers.has(name)) followers.set(name, new Set());
  followers.get(name).add(listener);
  for (const view of papers.values()) if (view.told?.name === name) view.changed();
  return () => followers.get(name).delete(listener);
}

class Paper {
  constructor(root) {
    this.root = root;
    this.local = [];
    this.places = null;
    this.isCut = false; // whether the canvas has lost the beginning of the stroke
    this.nCleared = 0; // strokes that the server is about to take away
    this.marked = -1;
    this.tookMs = 0;
    this.drewMs = 0;
    this.asked = []; // changes that wait for the one before
    this.listeners = [
      [document, "mousedown", (event) => this.begin(event, event)],
      [document, "mousemove", (event) => this.move(event, event)],
      [document, "mouseup", (event) => this.end(event)],
      [document, "touchstart", (event) => this.begin(event, event.changedTouches[0])],
      [document, "touchmove", (event) => this.move(event, event.changedTouches[0])],
      [document, "touchend", (event) => this.end(event)],
      [document, "touchcancel", (event) => this.end(event)],
      [document, "keydown", (event) => this.key(event)],
      [document, "click", (event) => this.click(event)],
    ].map(([target, name, listener]) => {
      const options = { capture: true, passive: false };
      target.addEventListener(name, listener, options);
      return () => target.removeEventListener(name, listener, options);
    });
    this.observer = new ResizeObserver(() => this.draw());
  }

  /** Takes what the server told: the drawing that it knows, and what it read. */
  take(told, tell) {
    this.told = told;
    this.tell = (name, value) => tell(name, JSON.stringify(value));
    if (told.revision !== this.revision) {
      this.revision = told.revision;
      this.base = told.strokes.map((points, i) => ({ points, width: told.widths[i] }));
      this.local = [];
      this.nCleared = 0;
      // Under the pen the canvas loads it too, and forgets where the stroke began.
      this.isCut = this.places !== null;
      this.hidden = this.hiddenSince();
      this.marked = -1;
      this.answered();
    }
    this.under = told.under ? Uint8Array.from(atob(told.under), (c) => c.charCodeAt(0)) : null;
    this.isStale = false;
    clearTimeout(this.away);
    if (this.note) this.note.hidden = true;
    const place = this.root.querySelector(".live-answer");
    this.answer ??= told.within ? new LiveAnswer(place, told.within) : null;
    // The network reads drawings of one size.
    const isReadable = told.size.every((side) => side === CANVAS_PX);
    fetchReader(isReadable ? told.network : null).then((reader) => {
      if (reader === this.reader) return;
      this.reader = reader;
      this.changed();
    });
    if (this.hidden.size && !this.erased) this.erase();
    if (told.strokes_known >= this.strokes().length && !this.places) {
      this.rest(); // The verdict is here: nothing is left to be read.
      this.answer?.settle();
    }
    this.find();
    this.restore();
    this.keep();
    this.changed();
  }

  /** Tells those who follow what is on the paper now. */
  changed() {
    const strokes = this.places ? null : this.strokes();
    for (const listener of followers.get(this.told.name) ?? []) listener(strokes, this);
  }

  /** Gives up the reading that is to come, if one is. */
  rest() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.soon);
    this.frame = undefined;
  }

  leave() {
    this.rest();
    for (const stop of this.listeners) stop();
    this.observer.disconnect();
    clearTimeout(this.away);
    clearTimeout(this.awaited);
    clearInterval(this.search);
    this.answer?.hide();
  }

  strokes() {
    const all = [...(this.base ?? []), ...this.local];
    return this.numbers().map((number) => all[number]);
  }

  /** The numbers of the strokes that are left on the paper. */
  numbers() {
    const n = (this.base?.length ?? 0) + this.local.length;
    const isLeft = (number) => number >= this.nCleared && !this.hidden?.has(number);
    return [...Array(n).keys()].filter(isLeft);
  }

  /** Lays our picture of the ink over the canvas, once that is there. */
  find() {
    clearInterval(this.search);
    const lay = () => {
      const paper = document.querySelector(`${this.told.paper} .dc-container`);
      if (!paper?.querySelector("canvas.upper-canvas")) return false;
      if (this.paper !== paper) {
        this.observer.disconnect();
        this.paper = paper;
        this.layer = paper.querySelector(".ink-layer") ?? document.createElement("canvas");
        this.layer.className = "ink-layer";
        paper.append(this.layer);
        paper.classList.add("inked");
        this.observer.observe(paper);
      }
      this.erasing();
      this.draw();
      return this.options();
    };
    if (!lay()) this.search = setInterval(() => lay() && clearInterval(this.search), 50);
  }

  /** Gives the switch and the button below the paper their meaning, once they are there. */
  options() {
    const box = document.querySelector(".paper-options input");
    const full = document.querySelector(".paper-options button");
    this.note = document.querySelector("p.away");
    if (!box || !full) return false;
    box.checked = isKept();
    box.onchange = () => {
      setKept(box.checked);
      this.keep();
    };
    full.hidden = !document.fullscreenEnabled;
    full.onclick = () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen().catch(() => undefined);
    };
    return true;
  }

  draw() {
    if (!this.layer?.isConnected) return;
    const strokes = this.strokes().map((stroke, i) => ({ ...stroke, marked: i === this.marked }));
    if (this.places) strokes.push({ points: this.current(), width: this.told.pen_px });
    drawInk(this.layer, strokes, this.told.size, PEN_COLOR, MARK_COLOR);
  }

  current() {
    return flatten(smoothed(this.places, this.told.pen_px));
  }

  /** Where the pen is, canvas px. */
  place({ clientX, clientY }) {
    const box = this.surface.getBoundingClientRect();
    const [width, height] = this.told.size;
    return [((clientX - box.left) * width) / box.width, ((clientY - box.top) * height) / box.height];
  }

  begin(event, pointer) {
    const surface = event.target.closest?.("canvas.upper-canvas");
    if (!surface || !this.paper?.contains(surface) || event.button > 0 || this.places) return;
    this.isCut = false;
    this.surface = surface;
    this.touch = pointer.identifier;
    if (this.told.erases) {
      stop(event);
      this.rubbing = true;
      this.rub(this.place(pointer));
      return;
    }
    this.places = [this.place(pointer)];
    this.draw();
    this.changed();
  }

  move(event, pointer) {
    if (this.rubbing) {
      stop(event);
      this.rub(this.place(pointer));
      return;
    }
    if (!this.places || this.isRepeating || pointer.identifier !== this.touch) return;
    const place = this.place(pointer), last = this.places[this.places.length - 1];
    if (place[0] === last[0] && place[1] === last[1]) return;
    this.places.push(place);
    this.moved ??= performance.now();
    this.frame ??= requestAnimationFrame(() => {
      const start = performance.now();
      this.draw();
      this.drewMs = performance.now() - start;
      // Room for what the server says, before the reading takes its time.
      this.soon = setTimeout(() => this.read(true), this.tookMs);
    });
  }

  end(event) {
    if (this.rubbing) {
      stop(event);
      this.rubbing = false;
      this.erase();
      return;
    }
    if (!this.places || this.isRepeating) return;
    if (this.isCut) this.repeat(event);
    if (this.awaited) this.tell("late", this.revision); // else the server may take it for the earlier
    this.local.push({ points: this.current(), width: this.told.pen_px });
    this.places = null;
    this.moved = undefined;
    this.rest();
    this.draw();
    // The canvas waits 200 ms before it sends a stroke, in case of another. Its toolbar, which the
    // page hides, has a button that sends at once.
    const canvas = this.surface.closest(".dc-root");
    setTimeout(() => {
      canvas.querySelector(".dc-toolbar .dc-icon-button")?.click();
      // Only then is there time for the last reading here.
      this.frame ??= requestAnimationFrame(() => {
        this.frame = undefined;
        if (!this.places) this.read(false);
        this.keep();
        this.changed();
      });
    });
    clearTimeout(this.away);
    this.away = setTimeout(() => {
      if (this.note) this.note.hidden = false;
    }, AWAY_MS);
  }

  /** Has the canvas take the whole stroke from its beginning, before it sees the pen go up. */
  repeat(end) {
    const names = end.changedTouches ? ["touchstart", "touchmove"] : ["mousedown", "mousemove"];
    const box = this.surface.getBoundingClientRect();
    const [width, height] = this.told.size;
    this.isRepeating = true;
    this.places.forEach(([x, y], i) => {
      const at = {
        clientX: box.left + (x * box.width) / width,
        clientY: box.top + (y * box.height) / height,
      };
      const touches = [{ ...at, identifier: this.touch, target: this.surface }];
      const event = new Event(names[Math.min(i, 1)], { bubbles: true, cancelable: true });
      const like = end.changedTouches ? { touches, changedTouches: touches } : { ...at, button: 0 };
      this.surface.dispatchEvent(Object.assign(event, like));
    });
    this.isRepeating = this.isCut = false;
  }

  /** Reads what is on the paper where the network is here. */
  read(moving) {
    this.rest();
    const start = performance.now();
    if (this.reader && this.answer && this.told.live && !this.isStale) {
      const ink = this.strokes().map((stroke) => stroke.points);
      if (this.places) ink.push(this.current());
      try {
        this.answer.show(readDrawing(this.reader, ink, this.under, moving));
      } catch (error) {
        console.info(`digitcnn: reading in the browser ended (${error.message})`);
        this.answer.hide();
        this.told.live = false;
      }
    }
    this.tookMs = Math.min(0.5 * (performance.now() - start), 10);
    // Our own part of a movement: its line, and its reading, between which the browser had a turn.
    if (moving) performance.measure("digitcnn-live", { start: start - this.drewMs, end: performance.now() });
    if (moving && this.moved) performance.measure("digitcnn-move", { start: this.moved });
    this.moved = undefined;
    if (performance.getEntriesByName("digitcnn-live").length > 1000) {
      performance.clearMeasures("digitcnn-live");
      performance.clearMeasures("digitcnn-move");
    }
  }

  /** Hides the strokes that the eraser touches; they go when it is lifted. */
  rub(at) {
    const strokes = [...this.base, ...this.local];
    strokes.forEach((stroke, i) => {
      if (!this.hidden.has(i) && distance(stroke.points, at) <= stroke.width / 2 + NEAR_PX) {
        this.hidden.add(i);
      }
    });
    this.draw();
  }

  /** Has the server erase what is hidden; what is hidden before it has answered, afterwards. */
  erase() {
    if (this.hidden.size && !this.erased) {
      this.erased = [...this.hidden];
      this.tell("erased", { revision: this.revision, strokes: this.erased });
    }
    this.keep();
    this.changed();
  }

  /** After the server has erased strokes: the numbers of those that were hidden since. */
  hiddenSince() {
    const done = this.erased ?? [...(this.hidden ?? [])];
    const since = [...(this.hidden ?? [])].filter((number) => !done.includes(number));
    this.erased = null;
    return new Set(since.map((number) => number - done.filter((other) => other < number).length));
  }

  /** A button changes what is on the paper: until the server has said how, nothing is read here. */
  click(event) {
    if (!event.target.closest?.(".stButton")) return;
    const change = CHANGING.find((name) => event.target.closest(`.st-key-${name}`));
    if (change && this.awaited) {
      // Of two changes at once the server would see only one.
      stop(event);
      this.asked.push(change);
      return;
    }
    this.isStale = true;
    if (change) this.awaited = setTimeout(() => this.answered(), UNANSWERED_MS);
    if (change === "clear") {
      this.nCleared = (this.base?.length ?? 0) + this.local.length;
      this.draw();
      this.keep();
      this.changed();
    }
  }

  /** The server has done a change: the next one's turn, once the canvas shows this one. */
  answered() {
    if (!this.awaited) return;
    clearTimeout(this.awaited);
    this.awaited = setTimeout(() => {
      this.awaited = undefined;
      const next = this.asked.shift();
      if (next) press(next);
    }, 50);
  }

  /** With the eraser in hand the paper takes keys: arrows mark a stroke, Delete takes it away. */
  erasing() {
    const paper = this.paper.closest(".canvas-root");
    if (!paper) return;
    this.usual ??= paper.getAttribute("aria-label");
    paper.classList.toggle("erases", this.told.erases);
    paper.setAttribute("role", this.told.erases ? "application" : "img");
    if (this.told.erases) {
      paper.tabIndex = 0;
      this.name(paper);
    } else {
      paper.removeAttribute("tabindex");
      paper.setAttribute("aria-label", this.usual);
      this.marked = -1;
    }
  }

  /** Says to readers of screens what the keys do, and which stroke is marked. */
  name(paper) {
    const n = this.strokes().length;
    const at = this.marked < 0 ? "" : `Stroke ${this.marked + 1} of ${n}. `;
    paper.setAttribute("aria-label", `${at}Arrow keys choose a stroke, Delete erases it.`);
  }

  key(event) {
    if (event.target.closest?.(TYPED) || !this.paper?.isConnected) return;
    const letter = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey && (letter === "z" || letter === "y")) {
      event.preventDefault();
      press(letter === "y" || event.shiftKey ? "redo" : "undo");
      return;
    }
    const paper = this.paper.closest(".canvas-root");
    if (!this.told.erases || event.target !== paper) return;
    const n = this.strokes().length;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step && n) {
      event.preventDefault();
      this.marked = (Math.max(this.marked, step < 0 ? 0 : -1) + step + n) % n;
      this.name(paper);
      this.draw();
    } else if (["Delete", "Backspace", "Enter"].includes(event.key) && this.marked >= 0) {
      event.preventDefault();
      this.hidden.add(this.numbers()[this.marked]);
      this.marked = -1;
      this.name(paper);
      this.draw();
      this.erase();
    }
  }

  /** Gives the server, which has forgotten it or never knew, what this browser keeps; once. */
  restore() {
    const done = (globalThis.digitcnnRestored ??= new Set());
    if (done.has(this.told.session)) return;
    done.add(this.told.session);
    const found = this.told.is_fresh ? kept() : null;
    this.isPending = Boolean(found);
    if (found) this.tell("restored", found);
  }

  keep() {
    if (!this.told || (this.isPending && this.told.is_fresh)) return;
    const strokes = this.under ? [] : this.strokes();
    keep(this.told.name, {
      strokes: strokes.map((stroke) => stroke.points), // unrounded: it is known by its points
      widths: strokes.map((stroke) => stroke.width),
    });
    keep("way", this.told.way);
    if (this.told.hand !== null) keep("hand", this.told.hand);
  }
}

function stop(event) {
  event.stopImmediatePropagation();
  if (event.cancelable) event.preventDefault();
}

function press(key) {
  document.querySelector(`.st-key-${key} button:not(:disabled)`)?.click();
}

/** From a place to a stroke's path, px. */
function distance(points, [x, y]) {
  let least = Infinity;
  for (let i = 0; i < points.length; i++) {
    const [ax, ay] = points[Math.max(i - 1, 0)], [bx, by] = points[i];
    const dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
    const t = length ? Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / length, 0), 1) : 0;
    least = Math.min(least, Math.hypot(x - ax - t * dx, y - ay - t * dy));
  }
  return least;
}
