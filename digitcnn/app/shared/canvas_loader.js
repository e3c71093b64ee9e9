// Runs the canvas that comes with streamlit-drawable-canvas, and ends it only once it is gone.

import { address } from "./address.js";
import { whenGone } from "./when_gone.js";

export default async function (component) {
  const { canvas, script } = JSON.parse(component.data[0]);
  const module = await import(address(script));
  const leave = module.default({ ...component, data: canvas });
  return whenGone(component.parentElement, leave); // by which the canvas knows itself
}
