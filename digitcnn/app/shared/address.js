// Where the app is, which may be below a path: Streamlit's own script tells.

const STATIC = "static/js/";

/** The whole address of what lies at a path of the app's server. */
export function address(path) {
  const home = document.querySelector(`script[src*="${STATIC}"]`)?.src.split(STATIC)[0];
  return new URL(path.replace(/^\//, ""), home ?? `${location.origin}/`).href;
}
