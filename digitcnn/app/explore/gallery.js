// The gallery: pictures as buttons, cut from one strip. Arrow keys walk and open; Page Up and Page
// Down turn the page.

import { followSteps } from "../shared/moment_step.js";
import { listStep, rovingFocus, setTabStop } from "../shared/roving_focus.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".pictures");
  const view = (root.view ??= build(root));
  view.tell = setTriggerValue;
  return followSteps(view, "gallery", data[0], fill);
}

function build(root) {
  const view = { root, items: [], opened: null };
  root.setAttribute("role", "listbox");
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    open(view, button);
    // On a phone the digit is shown further down.
    setTimeout(() => {
      const detail = document.querySelector(".st-key-detail");
      if (detail && detail.getBoundingClientRect().top > window.innerHeight * 0.7) {
        const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
        detail.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
      }
    }, 250);
  });
  rovingFocus(root, {
    buttons: () => view.items,
    step: (key, at) => {
      const turn = { PageDown: 1, PageUp: -1 }[key];
      if (turn) {
        view.tell("turn", turn);
        return -1; // the next page's pictures are not there yet
      }
      const columns = getComputedStyle(root).gridTemplateColumns.split(" ").length;
      return listStep(key, at, view.items.length, columns);
    },
    pick: (button) => open(view, button),
  });
  return view;
}

function open(view, button) {
  mark(view, Number(button.dataset.digit));
  view.tell("open", Number(button.dataset.digit));
}

function mark(view, opened) {
  view.opened = opened;
  for (const button of view.items) {
    const is = Number(button.dataset.digit) === opened;
    button.setAttribute("aria-selected", is ? "true" : "false");
  }
  const at = view.items.find((button) => Number(button.dataset.digit) === opened);
  setTabStop(view.items, at ?? view.items[0]);
}

function fill(view, { strip, across, items, opened, label, nothing }) {
  const { root } = view;
  const contents = JSON.stringify([strip, across, items, nothing]);
  root.setAttribute("aria-label", label);
  if (view.contents !== contents) {
    view.contents = contents;
    const had = root.contains(document.activeElement);
    root.style.setProperty("--strip", strip ? `url(${strip})` : "none");
    root.style.setProperty("--n", items.length);
    root.classList.toggle("pairs", across > 1);
    view.items = items.map((item, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("role", "option");
      button.dataset.digit = item.digit;
      button.setAttribute("aria-label", item.words);
      button.title = item.words;
      button.classList.toggle("wrong", item.wrong);
      const picture = document.createElement("span");
      picture.className = strip ? "picture" : "picture missing";
      picture.style.backgroundPosition = `0 ${items.length > 1 ? (100 * i) / (items.length - 1) : 0}%`;
      if (!strip) picture.textContent = item.caption;
      const caption = document.createElement("span");
      caption.className = "caption";
      caption.textContent = item.caption;
      const sure = document.createElement("span");
      sure.className = "sure";
      sure.textContent = item.sure;
      button.append(picture, ...(strip ? [caption] : []), sure);
      if (item.badge) {
        const badge = document.createElement("span");
        badge.className = "badge";
        badge.textContent = item.badge;
        button.append(badge);
      }
      return button;
    });
    root.replaceChildren(...view.items);
    if (nothing) {
      const says = document.createElement("p");
      says.className = "nothing";
      says.textContent = nothing;
      root.append(says);
    }
    mark(view, opened);
    if (had) view.items.find((button) => button.tabIndex === 0)?.focus();
  } else {
    mark(view, opened);
  }
}
