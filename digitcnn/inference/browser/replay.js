// A drawing's replay: a slider along its strokes, what was read at each moment, and how sure.

import { readDrawing } from "./drawing_reader.js";
import { maker } from "./elements.js";
import { percent } from "./words.js";

const MOST = 60; // moments of a drawing, beside the ends of its strokes
const STEP_MS = 45; // between two moments as it is played
const SHORT = { empty: "nothing yet.", dot: "only a dot.", blot: "ink nearly everywhere." };
const AT_ONCE_MS = 10, PAUSE_MS = 10; // of reading, and between two times of it
const NARROW = 0.04; // of the drawing: what was read for less has no room for its name

/** After how many points there is a moment: evenly along the drawing, and at each stroke's end. */
export function moments(ink) {
  const ends = [];
  let n = 0;
  for (const stroke of ink) ends.push((n += stroke.length));
  const step = Math.max(1, n / MOST);
  const all = new Set(ends);
  for (let at = step; at < n; at += step) all.add(Math.round(at));
  return [...all].sort((a, b) => a - b);
}

/** The first so many points of a drawing, as a drawing. */
export function firstPoints(ink, n) {
  const part = [];
  for (const stroke of ink) {
    if (n <= 0) break;
    part.push(stroke.slice(0, n));
    n -= stroke.length;
  }
  return part;
}

/** Moments one after the other at which the same was read: {label, from, to}; null for nothing. */
export function stretches(readings) {
  const found = [];
  readings.forEach((reading, i) => {
    const label = reading.isDigit ? reading.label : null;
    const last = found[found.length - 1];
    if (last?.label === label) last.to = i + 1;
    else found.push({ label, from: i, to: i + 1 });
  });
  return found;
}

export class Replay {
  /**
   * @param {HTMLElement} root is filled with the slider, a button, and the words
   * @param {(part: number[][][], reading: object | null) => void} show is called with the drawing up
   *   to the moment that was chosen, and what readDrawing says to it
   */
  constructor(root, show) {
    this.show = show;
    root.classList.add("replay");
    const make = maker(root);
    root.replaceChildren();
    const tools = make("div", "replay-tools");
    this.button = make("button", "replay-play", tools);
    this.button.type = "button";
    const label = make("label", "replay-along", tools);
    make("span", "", label).textContent = "Along your strokes";
    this.slider = make("input", "", label);
    this.slider.type = "range";
    this.slider.min = 1;
    this.chart = make("div", "replay-chart");
    this.chart.setAttribute("aria-hidden", "true");
    this.moment = make("p", "replay-moment");
    this.way = make("p", "replay-way");
    this.button.onclick = () => {
      if (this.playing) this.pause();
      else if (this.moments.length) this.play();
    };
    this.slider.oninput = () => {
      if (!this.moments.length) return;
      this.pause();
      this.attempt(() => this.go(Number(this.slider.value)));
    };
    // What nobody sees is not read: each moment costs as much as a movement of the pen.
    this.watch = new IntersectionObserver((entries) => {
      this.isSeen = entries[entries.length - 1].isIntersecting;
      this.readOn();
    });
    this.watch.observe(root);
    this.take([], null);
  }

  /**
   * Takes another drawing, and goes to its end.
   *
   * @param {number[][][]} ink strokes, canvas px
   * @param {import("./reader.js").Reader | null} reader null where the network is not here
   * @param {Uint8Array | null} [under] a digit image that lies under the drawing, if one does
   */
  take(ink, reader, under = null) {
    this.rest();
    Object.assign(this, { ink, reader, under });
    this.moments = reader ? moments(ink) : [];
    this.readings = new Array(this.moments.length).fill(undefined);
    const n = this.moments.length;
    this.slider.max = Math.max(n, 1);
    this.slider.value = n;
    this.slider.disabled = this.button.disabled = n < 2;
    this.chart.replaceChildren();
    this.way.textContent = "";
    this.moment.textContent = n ? "" : this.why();
    this.slider.setAttribute("aria-valuetext", "the whole drawing");
    this.readOn();
  }

  why() {
    if (!this.reader && this.ink.length) return "This needs the network in your browser, where it is not.";
    return this.under ? "This picture has no strokes." : "Draw something first.";
  }

  /** Neither plays nor reads on, until another drawing is taken: the pen moves. */
  rest() {
    this.pause();
    clearTimeout(this.later);
    this.later = undefined;
    this.moments = [];
  }

  leave() {
    this.rest();
    this.watch.disconnect();
  }

  /** What is read at a moment, counted from 0. */
  reading(i) {
    const part = firstPoints(this.ink, this.moments[i]);
    this.readings[i] ??= readDrawing(this.reader, part, this.under) ?? { trouble: "empty" };
    return this.readings[i];
  }

  /** Does what reads; where that fails, there is no replay any more, and no error on the page. */
  attempt(work) {
    try {
      work();
    } catch (error) {
      console.info(`digitcnn: the replay ended (${error.message})`);
      this.take(this.ink, null);
    }
  }

  /** Goes to a moment, counted from 1. */
  go(number) {
    const reading = this.reading(number - 1);
    const part = firstPoints(this.ink, this.moments[number - 1]);
    const until = number === this.moments.length ? "In the end" : "Until here";
    const says = inWords(reading);
    this.slider.value = number;
    this.slider.setAttribute("aria-valuetext", says);
    this.moment.textContent = `${until}: ${says}`;
    this.show(part, reading.trouble === "empty" ? null : reading);
  }

  play() {
    const n = this.moments.length;
    let number = Number(this.slider.value) >= n ? 0 : Number(this.slider.value);
    this.playing = setInterval(() => {
      number++;
      this.attempt(() => this.go(number));
      if (number >= n) this.pause();
    }, STEP_MS);
    this.button.textContent = "Pause";
  }

  pause() {
    clearInterval(this.playing);
    this.playing = undefined;
    this.button.textContent = "Play";
  }

  /** Reads moment by moment, with room for whatever else is to do, and then draws them all. */
  readOn() {
    if (!this.isSeen || !this.moments.length || this.later || this.chart.firstChild) return;
    this.later = setTimeout(() => {
      this.later = undefined;
      const until = performance.now() + AT_ONCE_MS;
      this.attempt(() => {
        do {
          const next = this.readings.lastIndexOf(undefined);
          if (next < 0) this.draw();
          else if (next === this.moments.length - 1) this.go(next + 1);
          else this.reading(next);
        } while (!this.chart.firstChild && performance.now() < until);
      });
      this.readOn();
    }, PAUSE_MS);
  }

  /** The chart: how sure at each moment, under one name for as long as the same was read. */
  draw() {
    const all = stretches(this.readings);
    const last = all[all.length - 1].label;
    this.chart.replaceChildren(...all.map(({ label, from, to }) => {
      const stretch = document.createElement("div");
      stretch.className = label !== null && label === last ? "replay-stretch chosen" : "replay-stretch";
      stretch.style.flexGrow = to - from;
      const columns = document.createElement("div");
      for (const reading of this.readings.slice(from, to)) {
        const column = document.createElement("i");
        column.style.height = label === null ? "2px" : `${100 * reading.probabilities[label]}%`;
        columns.append(column);
      }
      const name = document.createElement("b");
      name.textContent = to - from < NARROW * this.readings.length ? "" : (label ?? "–");
      stretch.append(columns, name);
      return stretch;
    }));
    const way = wayInWords(all.map(({ label }) => label));
    this.way.textContent = `${way} The higher a column, the surer.`;
  }
}

/** What was read along a drawing, in a sentence; null stands for no digit. */
export function wayInWords(labels) {
  const digits = labels.filter((label) => label !== null);
  const way = digits.filter((label, i) => label !== digits[i - 1]);
  if (!way.length) return "Nothing on the way was read as a digit.";
  const last = labels[labels.length - 1];
  if (way.length === 1 && last !== null) return `Only ${last} was read on the way.`;
  if (last !== null) way.pop();
  return `Read on the way: ${way.join(", then ")}; in the end ${last ?? "no digit"}.`;
}

function inWords(reading) {
  if (reading.trouble) return SHORT[reading.trouble];
  if (!reading.isDigit) return "no digit.";
  return `${reading.label}, ${percent(reading.probabilities[reading.label])} sure.`;
}
