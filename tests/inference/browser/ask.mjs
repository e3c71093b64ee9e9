// Reads drawings, or digit images, as a page would; questions and answers are JSON on the pipes.
import fs from "node:fs";
import { digitImage, Unreadable } from "../../../digitcnn/inference/browser/digit_image.js";
import { flatten, rasterize } from "../../../digitcnn/inference/browser/ink.js";
import { forward, unpack } from "../../../digitcnn/inference/browser/network.js";
import { Reader } from "../../../digitcnn/inference/browser/reader.js";

const asked = JSON.parse(fs.readFileSync(0, "utf-8"));
const file = (path) => {
  const data = fs.readFileSync(path);
  return data.buffer.slice(data.byteOffset, data.byteOffset + data.length);
};
const answers = {
  rasters: () => asked.inks.map((ink) => Array.from(rasterize(ink, asked.size, asked.pen).pixels)),
  paths: () => asked.paths.map(flatten),
  readings: () => {
    const reader = new Reader(file(asked.network));
    return asked.inks.map((ink) => {
      try {
        const image = digitImage(rasterize(ink));
        return { image: Array.from(image), logits: reader.logits(image), ...reader.read(image) };
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        return { trouble: error.kind };
      }
    });
  },
  logits: () => {
    const reader = new Reader(file(asked.network));
    return asked.images.map((image) => reader.logits(Uint8Array.from(image)));
  },
  chains: () => asked.networks.map((path) => {
    const { layers } = unpack(file(path));
    return Array.from(forward(layers, asked.images.flat(), asked.images.length));
  }),
  refused: () => {
    try {
      new Reader(file(asked.network));
      return null;
    } catch (error) {
      return error.message;
    }
  },
};
process.stdout.write(JSON.stringify(answers[asked.question]()));
