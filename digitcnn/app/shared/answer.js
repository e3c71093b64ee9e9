// The answer while the pen moves, laid over the server's; it looks the same.

import { maker } from "./elements.js";
import { showImage } from "./pictures.js";
import { barLabel, NOT_A_DIGIT, percent, TROUBLE } from "./words.js";

const SETTLED_MS = 400; // at most, from the server's answer to its bars

export class LiveAnswer {
  /**
   * @param {HTMLElement} root of the component, inside what shows the server's answer
   * @param {string} within selector of the latter
   */
  constructor(root, within) {
    this.root = root;
    this.area = root.closest(within);
    const make = maker(root);
    root.replaceChildren();
    this.digit = make("div", "digit");
    const words = make("div", "words");
    this.sure = make("p", "sure", words);
    this.runnerUp = make("p", "quiet", words);
    const figure = make("figure", "seen");
    this.image = make("canvas", "image", figure);
    make("figcaption", "", figure).textContent = "Network input";
    const chart = make("div", "chart");
    const columns = make("div", "columns", chart);
    this.bars = Array.from({ length: 10 }, () => {
      const column = make("div", "column", columns);
      return { label: make("span", "", column), bar: make("i", "", column) };
    });
    const digits = make("div", "digits", chart);
    this.digits = Array.from({ length: 10 }, (_, digit) => {
      const element = make("span", "", digits);
      element.textContent = digit;
      return element;
    });
  }

  /** Shows a reading of readDrawing, over the server's. */
  show(reading) {
    if (!this.area || !reading) return this.hide();
    this.waiting?.disconnect();
    clearTimeout(this.timer);
    this.area.dataset.live = "on";
    this.area.dataset.lived = "on"; // The server's bars are as high as these were, and need not rise.
    const probabilities = reading.probabilities ?? new Array(10).fill(0);
    const isDigit = reading.isDigit && !reading.trouble;
    this.root.classList.toggle("says", !isDigit);
    this.digit.className = isDigit ? "digit" : "says";
    this.digit.textContent = isDigit
      ? reading.label
      : (TROUBLE[reading.trouble] ?? NOT_A_DIGIT);
    const sure = reading.trouble ? "" : percent(probabilities[reading.label]);
    this.sure.textContent = isDigit ? `${sure[0].toUpperCase()}${sure.slice(1)} sure` : "";
    const standsOut = sure && probabilities[reading.label] >= 0.5;
    this.runnerUp.textContent = !isDigit
      ? (standsOut ? `Closest: ${reading.label} (${sure})` : "")
      : `Runner-up: ${reading.runnerUp} (${percent(probabilities[reading.runnerUp])})`;
    if (reading.image) showImage(this.image, reading.image);
    this.bars.forEach(({ label, bar }, digit) => {
      const chosen = (isDigit || standsOut) && digit === reading.label;
      bar.style.height = `${probabilities[digit] * 104}px`;
      bar.className = label.className = chosen ? "chosen" : "";
      label.style.bottom = bar.style.height;
      label.textContent = barLabel(probabilities[digit]);
      this.digits[digit].className = chosen ? "chosen" : "";
    });
  }

  /** The server has answered: makes way for its answer as soon as that is on the screen. */
  settle() {
    if (!this.area?.dataset.live) return;
    this.waiting?.disconnect();
    clearTimeout(this.timer);
    const done = () => {
      this.waiting.disconnect();
      clearTimeout(this.timer);
      requestAnimationFrame(() => requestAnimationFrame(() => this.hide()));
    };
    const bars = this.area.querySelector(".st-key-probabilities") ?? this.area;
    this.waiting = new MutationObserver(done);
    this.waiting.observe(bars, { subtree: true, childList: true, attributes: true });
    this.timer = setTimeout(done, SETTLED_MS);
  }

  hide() {
    if (this.area) delete this.area.dataset.live;
  }
}
