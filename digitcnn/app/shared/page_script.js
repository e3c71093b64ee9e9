// Fetches the page's script once, and hands a component over to the part of it that it names. The
// script stands apart from the component, as whatever a component holds is sent with every stroke.
// Where it can't be fetched, or does not work, the page is as it is without it.

import { address } from "./address.js";
import { whenGone } from "./when_gone.js";

const scripts = new Map(); // by their addresses

export default function ({ data, parentElement, setTriggerValue }) {
  const told = JSON.parse(data[0]);
  const root = parentElement.querySelector(".page-script");
  if (!told.script || !root) return undefined;
  if (told.network) told.network.url = address(told.network.url);
  const url = address(told.script);
  let leave;
  const start = (script) => {
    try {
      leave = script[told.part](root, told, setTriggerValue);
    } catch (error) {
      failed(error);
    }
  };
  if (scripts.has(url)) start(scripts.get(url));
  else {
    import(url).then((script) => {
      scripts.set(url, script);
      if (root.isConnected) start(script);
    }, failed);
  }
  return whenGone(root, () => leave?.());
}

function failed(error) {
  console.info(`digitcnn: no reading in the browser (${error.message})`);
}
