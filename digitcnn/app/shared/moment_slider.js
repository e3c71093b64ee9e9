// The slider along the moments of a training: a bar for each, the higher the fewer mistakes; under
// it what the visitor's drawing was read as. The page answers each step, and while it plays the next
// one waits for that answer. Where the answer tells only what a step changes, the page's components
// are told so, and all of the page is asked for once the slider rests.

import { maker } from "./elements.js";
import { whenGone } from "./when_gone.js";

const STEP_MS = 650; // between two moments as they are played, at least
const LOST_MS = 4_000; // after which an answer is not waited for any more
const REST_MS = 400; // after an answer, until the page is asked to follow

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".moments");
  const view = (root.view ??= build(root));
  view.tell = (at) => setTriggerValue("at", at);
  fill(view, JSON.parse(data[0]));
  return whenGone(root, () => {
    pause(view);
    keepUp(view);
  });
}

function build(root) {
  const make = maker(root);
  const tools = make("div", "moments-tools");
  const play = make("button", "moments-play", tools);
  play.type = "button";
  const label = make("label", "moments-along", tools);
  const title = make("span", "moments-title", label);
  const chart = make("span", "moments-chart", label);
  chart.setAttribute("aria-hidden", "true");
  const slider = make("input", "", label);
  slider.type = "range";
  slider.min = 0;
  const says = make("p", "moments-says");
  const view = {
    root, play, title, chart, slider, says, asked: null, wanted: null, playing: false, timer: 0, rest: 0,
  };
  slider.addEventListener("input", () => {
    pause(view);
    go(view, Number(slider.value));
  });
  play.addEventListener("click", () => {
    if (view.playing) return pause(view);
    view.playing = true;
    play.textContent = "Pause";
    const last = view.told.names.length - 1;
    go(view, Number(slider.value) >= last ? 0 : Number(slider.value) + 1);
  });
  return view;
}

function pause(view) {
  view.playing = false;
  clearTimeout(view.timer);
  view.play.textContent = "Play";
}

/** Shows a moment here at once, and asks the page for it unless it is busy with another. */
function go(view, at) {
  view.wanted = at;
  view.sent = performance.now();
  mark(view, at);
  const isWaiting = view.asked !== null && performance.now() - view.askedAt < LOST_MS;
  if (!isWaiting) ask(view);
}

function ask(view) {
  clearTimeout(view.rest);
  view.asked = view.wanted;
  view.askedAt = performance.now();
  view.tell(view.asked);
}

function fill(view, told) {
  const isOther = view.key !== told.key;
  view.told = told;
  if (isOther) {
    view.key = told.key;
    view.asked = view.wanted = null;
    pause(view);
  }
  write(view.title, told.title);
  view.slider.max = told.names.length - 1;
  const drawn = JSON.stringify([told.heights, told.readings]);
  if (view.drawn !== drawn) {
    view.drawn = drawn;
    draw(view);
  }
  if (told.step) changePage(view, told.step, told.at);
  else keepUp(view);
  if (view.asked !== null && told.at === view.asked) {
    view.asked = null;
    if (view.wanted !== told.at) return ask(view);
    if (view.playing) playOn(view, told.at);
  }
  if (view.wanted === null || view.asked === null) {
    view.wanted = told.at;
    mark(view, told.at);
  }
}

/** Shows a step all over the page, and has the page follow when no other step comes. */
function changePage(view, step, at) {
  document.dispatchEvent(new CustomEvent("digitcnn-moment", { detail: step }));
  for (const [selector, html] of Object.entries(step.html)) {
    const shown = document.querySelector(selector)?.parentElement;
    if (shown) shown.innerHTML = html;
  }
  if (!("momentBehind" in document.body.dataset)) document.body.dataset.momentBehind = "";
  clearTimeout(view.rest);
  view.rest = setTimeout(() => {
    document.dispatchEvent(new CustomEvent("digitcnn-moment-rest", { detail: at }));
  }, REST_MS);
}

/** The page shows the moment that the slider is at, all of it. */
function keepUp(view) {
  clearTimeout(view.rest);
  delete document.body.dataset.momentBehind;
}

function playOn(view, at) {
  if (at >= view.told.names.length - 1) return pause(view);
  const wait = Math.max(0, STEP_MS - (performance.now() - view.sent));
  clearTimeout(view.timer);
  view.timer = setTimeout(() => {
    if (view.playing && view.root.isConnected) go(view, at + 1);
  }, wait);
}

function mark(view, at) {
  const { told } = view;
  view.slider.value = at;
  view.slider.setAttribute("aria-valuetext", `${told.names[at]}. ${told.says[at]}`);
  write(view.says, `${capital(told.names[at])}. ${told.says[at]}`);
  [...view.chart.children].forEach((column, i) => {
    column.classList.toggle("chosen", i === at);
  });
}

/** Changes a text only where it is another one. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function draw(view) {
  const { heights, names, readings } = view.told;
  view.root.style.setProperty("--n", names.length);
  view.chart.replaceChildren(...names.map((name, i) => {
    const column = document.createElement("span");
    column.title = `${capital(name)}. ${view.told.says[i]}`;
    const bar = document.createElement("i");
    bar.style.height = `${Math.round(heights[i] * 100)}%`;
    const rest = document.createElement("span");
    rest.append(bar);
    const letter = document.createElement("b");
    letter.textContent = readings[i] ?? "";
    column.append(rest, letter);
    return column;
  }));
}
