// Fetches the page's script once, and hands a component over to the part of it that it names. The
// script stands apart from the component, as whatever a component holds is sent with every stroke.

// Where the app is, which may be below a path: Streamlit's own script tells.
const STATIC = "static/js/";
const home = document.querySelector(`script[src*="${STATIC}"]`)?.src.split(STATIC)[0];
const address = (path) => new URL(path.replace(/^\//, ""), home ?? `${location.origin}/`).href;

export default function ({ data, parentElement, setTriggerValue }) {
  const told = JSON.parse(data[0]);
  const root = parentElement.querySelector(".page-script");
  if (!told.script || !root) return undefined;
  if (told.network) told.network.url = address(told.network.url);
  const scripts = (globalThis.digitcnnScripts ??= new Map());
  const url = address(told.script);
  const start = (script) => script[told.part](root, told, setTriggerValue);
  const script = scripts.get(url);
  let leave = script && start(script);
  if (!script) {
    import(url).then(
      (fetched) => {
        scripts.set(url, fetched);
        if (root.isConnected) leave = start(fetched);
      },
      (error) => console.info(`digitcnn: no reading in the browser (${error.message})`),
    );
  }
  return () => leave?.();
}
