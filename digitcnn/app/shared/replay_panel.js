// The replay of what is on a paper of the page: its picture, what was read, and the slider.

import { follow, PEN_COLOR } from "./live.js";
import { drawInk, showImage } from "./pictures.js";
import { Replay } from "./replay.js";
import { NOT_A_DIGIT, percent, TROUBLE } from "./words.js";

const panels = new Map(); // by their roots

/** Makes the replay; called again with whatever the server tells. */
export function replay(root, told) {
  let panel = panels.get(root);
  if (!panel) panels.set(root, (panel = new Panel(root, told)));
  return () => {
    panel.leave();
    panels.delete(root);
  };
}

class Panel {
  constructor(root, told) {
    this.told = told;
    this.picture = root.querySelector("canvas");
    this.digit = root.querySelector(".digit");
    this.sure = root.querySelector(".sure");
    this.strokes = [];
    this.part = [];
    this.replay = new Replay(root.querySelector(".replay"), (part, reading) => this.show(part, reading));
    this.stop = follow(told.name, (strokes, paper) => this.take(strokes, paper));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.picture);
  }

  take(strokes, { reader, under }) {
    if (!strokes) {
      this.mark = null; // The pen moves.
      this.replay.rest();
      return;
    }
    const mark = JSON.stringify([strokes, under && [...under], Boolean(reader)]);
    if (mark === this.mark) return; // The server has only confirmed it.
    this.mark = mark;
    this.strokes = strokes;
    this.ground(under);
    const ink = strokes.map(({ points }) => points);
    this.replay.take(ink, reader ?? null, under);
    this.part = ink;
    this.digit.textContent = this.sure.textContent = "";
    this.draw();
  }

  leave() {
    this.stop();
    this.observer.disconnect();
    this.replay.leave();
  }

  show(part, reading) {
    this.part = part;
    this.draw();
    const isDigit = reading?.isDigit;
    this.digit.textContent = isDigit ? reading.label : "";
    if (isDigit) this.sure.textContent = `${percent(reading.probabilities[reading.label])} sure`;
    else this.sure.textContent = reading ? (TROUBLE[reading.trouble] ?? NOT_A_DIGIT) : "";
  }

  /** Puts a digit image under the strokes, dark on light. */
  ground(under) {
    if (!under) {
      this.picture.style.backgroundImage = "";
      return;
    }
    const image = document.createElement("canvas");
    showImage(image, under.map((value) => 255 - value));
    this.picture.style.backgroundImage = `url(${image.toDataURL()})`;
  }

  draw() {
    const whole = this.strokes.map((stroke) => ({ ...stroke, faded: true }));
    const part = this.part.map((points, i) => ({ points, width: this.strokes[i].width }));
    drawInk(this.picture, [...whole, ...part], this.told.size, PEN_COLOR);
  }
}
