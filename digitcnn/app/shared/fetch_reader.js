// The network in use, fetched once for each checksum and kept by the browser.

import { readDrawing } from "./drawing_reader.js";
import { Reader } from "./reader.js";

const WARMING = [Array.from({ length: 60 }, (_, i) => [140 + (i % 7), 50 + 3 * i])];
const CACHE = "digitcnn networks";
const ATTEMPTS = 3; // at a network that fails; each stroke would be one

let failures = 0;

// Shared by all components of the page, each of which is a module of its own.
const known = (globalThis.digitcnnReaders ??= new Map());

/**
 * The reader of a packed network.
 *
 * @param {{url: string, checksum: string, sha256: string} | null} network where it is, the run's
 *   checksum, and that of the packed file
 * @returns {Promise<Reader | null>} null where it can't be used: then the server reads alone
 */
export function fetchReader(network) {
  if (!network) return Promise.resolve(null);
  if (!known.has(network.checksum)) {
    known.clear();
    known.set(network.checksum, load(network));
  }
  return known.get(network.checksum);
}

async function load(network) {
  try {
    const start = performance.now();
    const reader = new Reader(await content(network));
    if (reader.about.checksum !== network.checksum) throw new Error("another run's network");
    performance.measure("digitcnn-network", { start });
    warm(reader);
    return reader;
  } catch (error) {
    console.info(`digitcnn: no reading in the browser (${error.message})`);
    if (++failures < ATTEMPTS) known.delete(network.checksum);
    return null;
  }
}

/** Reads a few times while nothing else is to do: code runs at its full speed only then. */
function warm(reader, left = 12) {
  const later = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 20));
  later(() => {
    readDrawing(reader, WARMING, null, left % 2 === 0);
    if (left > 1) warm(reader, left - 1);
  });
}

async function content({ url, checksum, sha256 }) {
  const key = `/digitcnn-network/${checksum}`;
  // Only where the page comes over https or from this machine.
  const cache = await globalThis.caches?.open(CACHE).catch(() => undefined);
  const kept = await (await cache?.match(key))?.arrayBuffer();
  if (kept && (await isWhole(kept, sha256))) return kept;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`status ${response.status}`);
  const data = await response.arrayBuffer();
  if (!(await isWhole(data, sha256))) throw new Error("its checksum is another");
  if (cache) {
    for (const old of await cache.keys()) await cache.delete(old);
    await cache.put(key, new Response(data)).catch(() => undefined);
  }
  return data;
}

/** Whether data has a checksum, where the browser can tell; else the reader's own check decides. */
async function isWhole(data, sha256) {
  if (!globalThis.crypto?.subtle) return true;
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
}
