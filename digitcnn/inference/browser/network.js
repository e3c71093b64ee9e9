// Layers one after another, as weights.py packs them, at work: digit images in, logits out.
//
// Convolutions and dense layers are matrix products, four rows by four columns at a time, in double
// precision: that is what V8 does fastest.

const IMAGES = -1; // where the images are kept, beside the outputs of layers
const ROWS_AT_ONCE = 150_000; // numbers of the matrix that a convolution's places are laid out in

/** A packed network that can't be used here; the message says why, for the console. */
export class UnusableNetwork extends Error {}

/**
 * The network in a packed file.
 *
 * @param {ArrayBuffer} buffer as weights.py writes it
 * @returns {{about: object, layers: object[]}} what the file says of the run, and its layers
 * @throws {UnusableNetwork} it is no such file, or of another version
 */
export function unpack(buffer) {
  const bytes = new DataView(buffer);
  if (buffer.byteLength < 8 || bytes.getUint32(0, true) !== 0x31574e44) {
    throw new UnusableNetwork("not a packed network");
  }
  const length = bytes.getUint32(4, true);
  const about = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  let at = 8 + length;
  const floats = (n) => {
    const values = new Float64Array(n);
    for (let i = 0; i < n; i++, at += 4) values[i] = bytes.getFloat32(at, true);
    return values;
  };
  const layers = about.layers.map((layer) => {
    if (layer.kind !== "conv" && layer.kind !== "dense" && layer.kind !== "affine") return layer;
    const { inputs, outputs } = layer;
    if (layer.kind === "affine") return { ...layer, scale: floats(outputs), bias: floats(outputs) };
    const scale = floats(outputs), bias = floats(outputs);
    // Columns in fours, each four's rows one after another, as the product takes them.
    const blocks = Math.ceil(outputs / 4);
    const packed = new Float64Array(blocks * inputs * 4);
    for (let i = 0; i < inputs; i++) {
      for (let j = 0; j < outputs; j++, at += 2) {
        packed[((j >> 2) * inputs + i) * 4 + (j & 3)] = bytes.getInt16(at, true) * scale[j];
      }
    }
    return { ...layer, packed, bias };
  });
  if (at !== buffer.byteLength) throw new UnusableNetwork("a packed network of another length");
  return { about, layers };
}

/**
 * What the layers make of images.
 *
 * @param {object[]} layers of {@link unpack}
 * @param {ArrayLike<number>} images (n · 784), 0 to 255
 * @param {number} n how many
 * @param {(layer: object, output: Float64Array, shape: number[]) => void} [look] is shown each
 *   layer's output; an activation's is that of the layer before, changed in place
 * @returns {Float64Array} (n · 10) logits
 */
export function forward(layers, images, n, look) {
  let shape = [28, 28, 1];
  let values = Float64Array.from(images);
  // What a later layer adds is kept as it was: activations change their input in place.
  const wanted = new Set(layers.flatMap((layer) => layer.of ?? []));
  const kept = new Map([[IMAGES, images]]);
  layers.forEach((layer, i) => {
    [values, shape] = STEPS[layer.kind](layer, values, shape, n, kept);
    if (wanted.has(i)) kept.set(i, values.slice());
    look?.(layer, values, shape);
  });
  return values;
}

const STEPS = {
  rescale(layer, values, shape) {
    for (let i = 0; i < values.length; i++) values[i] = values[i] * layer.scale + layer.offset;
    return [values, shape];
  },
  relu(layer, values, shape) {
    for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
    return [values, shape];
  },
  add(layer, values, shape, n, kept) {
    const other = kept.get(layer.of);
    for (let i = 0; i < values.length; i++) values[i] += other[i];
    return [values, shape];
  },
  // Where another network of an ensemble begins.
  image(layer, values, shape, n, kept) {
    return [Float64Array.from(kept.get(IMAGES)), [28, 28, 1]];
  },
  concat(layer, values, shape, n, kept) {
    const parts = layer.of.map((i) => kept.get(i));
    const widths = parts.map((part) => part.length / n);
    const depth = widths.reduce((a, b) => a + b, 0);
    const out = new Float64Array(n * depth);
    let at = 0;
    parts.forEach((part, i) => {
      for (let image = 0; image < n; image++) {
        out.set(part.subarray(image * widths[i], (image + 1) * widths[i]), image * depth + at);
      }
      at += widths[i];
    });
    return [out, [depth]];
  },
  tanh(layer, values, shape) {
    for (let i = 0; i < values.length; i++) values[i] = Math.tanh(values[i]);
    return [values, shape];
  },
  affine(layer, values, shape) {
    const n = layer.outputs;
    for (let i = 0; i < values.length; i++) values[i] = values[i] * layer.scale[i % n] + layer.bias[i % n];
    return [values, shape];
  },
  flatten(layer, values, shape) {
    return [values, [shape.reduce((a, b) => a * b, 1)]];
  },
  dense(layer, values, shape, n) {
    return [product(values, n, layer), [layer.outputs]];
  },
  conv: convolve,
  maxpool: (layer, values, shape, n) => pool(layer.size, values, shape, n, true),
  avgpool: (layer, values, shape, n) => pool(layer.size, values, shape, n, false),
  average(layer, values, [height, width, depth], n) {
    const out = new Float64Array(n * depth), places = height * width;
    for (let image = 0; image < n; image++) {
      for (let i = 0; i < places * depth; i++) {
        out[image * depth + (i % depth)] += values[image * places * depth + i] / places;
      }
    }
    return [out, [depth]];
  },
};

export const KINDS = Object.keys(STEPS);

/** Zeros before the first row, as Keras pads: the odd one goes to the end. */
export function padding(length, layer) {
  if (!layer.same) return 0;
  const places = Math.ceil(length / layer.stride);
  return Math.max((places - 1) * layer.stride + layer.kernel - length, 0) >> 1;
}

function convolve(layer, values, [height, width, depth], n) {
  const { kernel, stride, same, outputs, inputs } = layer;
  const lost = same ? 0 : kernel - 1;
  const down = Math.ceil((height - lost) / stride), across = Math.ceil((width - lost) / stride);
  const top = padding(height, layer), left = padding(width, layer);
  const places = down * across, all = n * places;
  const out = new Float64Array(all * outputs);
  const atOnce = Math.min(all, Math.max(4, Math.floor(ROWS_AT_ONCE / inputs)));
  const laid = new Float64Array(Math.ceil(atOnce / 4) * 4 * inputs);
  for (let start = 0; start < all; start += atOnce) {
    const end = Math.min(start + atOnce, all);
    laid.fill(0);
    for (let place = start; place < end; place++) {
      const image = Math.floor(place / places), rest = place - image * places;
      const row = Math.floor(rest / across) * stride - top, column = (rest % across) * stride - left;
      const from = Math.max(column, 0), to = Math.min(column + kernel, width);
      for (let k = 0; k < kernel; k++) {
        const y = row + k;
        if (y < 0 || y >= height || from >= to) continue;
        const source = ((image * height + y) * width + from) * depth;
        let target = (place - start) * inputs + (k * kernel + from - column) * depth;
        for (let i = source; i < source + (to - from) * depth; i++) laid[target++] = values[i];
      }
    }
    multiply(laid, end - start, inputs, layer.packed, layer.bias, outputs, out, start);
  }
  return [out, [down, across, outputs]];
}

function product(values, n, { inputs, outputs, packed, bias }) {
  const roomy = new Float64Array(Math.ceil(n / 4) * 4 * inputs);
  roomy.set(values);
  const out = new Float64Array(n * outputs);
  multiply(roomy, n, inputs, packed, bias, outputs, out, 0);
  return out;
}

/** Rows times the packed matrix, plus the bias; rows come padded to a multiple of four. */
function multiply(rows, n, inputs, packed, bias, outputs, out, first) {
  for (let block = 0; block * 4 < outputs; block++) {
    const column = block * 4, own = Math.min(4, outputs - column);
    for (let row = 0; row < n; row += 4) {
      let a = row * inputs, b = a + inputs, c = b + inputs, d = c + inputs;
      let p = block * inputs * 4;
      let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
      let c0 = 0, c1 = 0, c2 = 0, c3 = 0, d0 = 0, d1 = 0, d2 = 0, d3 = 0;
      for (const end = a + inputs; a < end; a++, b++, c++, d++, p += 4) {
        const x = rows[a], y = rows[b], z = rows[c], u = rows[d];
        const w0 = packed[p], w1 = packed[p + 1], w2 = packed[p + 2], w3 = packed[p + 3];
        a0 += x * w0; a1 += x * w1; a2 += x * w2; a3 += x * w3;
        b0 += y * w0; b1 += y * w1; b2 += y * w2; b3 += y * w3;
        c0 += z * w0; c1 += z * w1; c2 += z * w2; c3 += z * w3;
        d0 += u * w0; d1 += u * w1; d2 += u * w2; d3 += u * w3;
      }
      const sums = [[a0, a1, a2, a3], [b0, b1, b2, b3], [c0, c1, c2, c3], [d0, d1, d2, d3]];
      for (let i = 0; i < 4 && row + i < n; i++) {
        const at = (first + row + i) * outputs + column;
        for (let j = 0; j < own; j++) out[at + j] = sums[i][j] + bias[column + j];
      }
    }
  }
}

function pool(size, values, [height, width, depth], n, greatest) {
  const down = Math.floor(height / size), across = Math.floor(width / size);
  const out = new Float64Array(n * down * across * depth);
  if (greatest) out.fill(-Infinity);
  for (let image = 0; image < n; image++) {
    for (let y = 0; y < down * size; y++) {
      for (let x = 0; x < across * size; x++) {
        const source = ((image * height + y) * width + x) * depth;
        const target =
          ((image * down + Math.floor(y / size)) * across + Math.floor(x / size)) * depth;
        for (let k = 0; k < depth; k++) {
          const value = values[source + k];
          if (!greatest) out[target + k] += value / (size * size);
          else if (value > out[target + k]) out[target + k] = value;
        }
      }
    }
  }
  return [out, [down, across, depth]];
}
