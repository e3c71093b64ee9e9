// A packed network that reads: digit image → label, probabilities, whether it is a digit at all.

import { forward, unpack, UnusableNetwork } from "./network.js";
import { N_VIEWS, views } from "./tta.js";

const CHECKED = 0.05; // between a logit here and the server's, on the digit that comes along

export class Reader {
  /**
   * @param {ArrayBuffer} buffer as weights.py packs a run
   * @throws {UnusableNetwork} it can't be used, or does not say what the server says
   */
  constructor(buffer) {
    const { about, layers } = unpack(buffer);
    this.about = about;
    this.layers = layers;
    const { image, logits } = about.check;
    const own = this.logits(Uint8Array.from(image), about.tta);
    const off = Math.max(...own.map((value, i) => Math.abs(value - logits[i])));
    if (!(off <= CHECKED)) throw new UnusableNetwork(`the network differs by ${off}`);
  }

  /** Logits of a digit image, Uint8Array (784,); the mean over all views, or of the straight one. */
  logits(image, inViews = this.about.tta) {
    if (!inViews) return Array.from(forward(this.layers, image, 1));
    const each = forward(this.layers, views(image), N_VIEWS);
    const n = each.length / N_VIEWS;
    return Array.from({ length: n }, (_, digit) => {
      let sum = 0;
      for (let view = 0; view < N_VIEWS; view++) sum += each[view * n + digit];
      return sum / N_VIEWS;
    });
  }

  /**
   * What the network reads.
   *
   * @param {Uint8Array} image (784,)
   * @param {boolean} [inViews] whether in all views, as the server does
   * @returns {{probabilities: number[], label: number, runnerUp: number, isDigit: boolean}}
   */
  read(image, inViews = this.about.tta) {
    const logits = this.logits(image, inViews);
    const highest = Math.max(...logits);
    const { temperature, digit_threshold: threshold } = this.about;
    const powers = logits.map((value) => Math.exp((value - highest) / temperature));
    const sum = powers.reduce((a, b) => a + b, 0);
    const probabilities = powers.map((power) => power / sum);
    const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
    // Free energy: Liu et al. 2020, "Energy-based out-of-distribution detection".
    const energy = highest + Math.log(logits.reduce((s, v) => s + Math.exp(v - highest), 0));
    return {
      probabilities,
      label: order[0],
      runnerUp: order[1],
      isDigit: threshold === null || energy >= threshold,
    };
  }
}
