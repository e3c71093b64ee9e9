// Settling a label: buttons, and one key each. What is pressed acts on the digit that is shown, or
// on all that are selected; a key counts when the page has answered the one before.

const ANSWER_MS = 4000; // after so long without an answer, keys count again
const KEYS = { y: "right", x: "leave out", u: "undo", t: "tags", a: "target" };

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".settle");
  const view = (root.view ??= build(root));
  view.tell = (act) => setTriggerValue("act", act);
  if (view.text !== data[0]) {
    view.text = data[0];
    fill(view, JSON.parse(data[0]));
  }
  document.addEventListener("keydown", view.hears);
  return () => document.removeEventListener("keydown", view.hears);
}

/** What a key asks for: a digit, or the name of a button; undefined if it is none of these. */
export function asked(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return undefined;
  if (target?.closest?.("input, textarea, select, [contenteditable], [role=dialog]")) return undefined;
  if (/^[0-9]$/.test(key)) return Number(key);
  return KEYS[key.toLowerCase()];
}

function make(name, className = "") {
  return Object.assign(document.createElement(name), { className });
}

function build(root) {
  const view = { root, shown: null, all: false, waits: 0 };
  root.setAttribute("role", "group");
  const button = (name, key, act, kind = "") => {
    const made = make("button", kind);
    made.type = "button";
    made.append(name);
    if (key) {
      const hint = make("kbd");
      hint.textContent = key;
      hint.setAttribute("aria-hidden", "true");
      made.append(hint);
      made.setAttribute("aria-keyshortcuts", key);
    }
    made.addEventListener("click", act);
    return made;
  };
  view.state = make("p", "state");
  view.target = make("div", "target");
  view.target.setAttribute("role", "group");
  view.target.setAttribute("aria-label", "What is settled");
  view.one = button("This digit", "", () => aim(view, false));
  view.every = button("", "A", () => aim(view, true));
  view.everyName = view.every.firstChild;
  view.target.append(view.one, view.every);
  view.right = button("Right", "Y", () => act(view, { kind: "right" }), "right");
  view.digits = Array.from({ length: 10 }, (_, digit) => {
    const made = button(String(digit), "", () => act(view, { kind: "label", to: digit }), "digit");
    made.setAttribute("aria-keyshortcuts", String(digit));
    return made;
  });
  const digits = make("div", "labels");
  digits.setAttribute("role", "group");
  digits.setAttribute("aria-label", "It is a …");
  digits.append(...view.digits);
  view.out = button("Leave out", "X", () => act(view, { kind: "leave out" }), "out");
  view.tagging = button("Tag", "T", () => openTags(view), "tagging");
  view.clear = button("Not settled", "", () => act(view, { kind: "clear" }), "clear");
  view.undo = button("Undo", "U", () => act(view, { kind: "undo" }), "undo");
  const deeds = make("div", "deeds");
  deeds.append(view.right, view.out, view.tagging, view.clear, view.undo);
  view.tags = make("div", "tags");
  view.tags.hidden = true;
  view.chips = make("div", "chips");
  view.word = make("input");
  view.word.type = "text";
  view.word.maxLength = 40;
  view.word.placeholder = "your own word";
  view.word.setAttribute("aria-label", "A tag in your own words");
  view.word.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter" && view.word.value.trim()) tag(view, view.word.value.trim());
    if (event.key === "Escape") openTags(view);
  });
  const add = button("Add", "", () => view.word.value.trim() && tag(view, view.word.value.trim()));
  const own = make("div", "own");
  own.append(view.word, add);
  view.tags.append(view.chips, own);
  view.tagging.setAttribute("aria-expanded", "false");
  view.said = make("p", "said");
  view.said.setAttribute("role", "status");
  view.kept = make("p", "kept");
  const name = make("p", "name");
  name.textContent = "It is a …";
  root.append(view.state, view.target, name, digits, deeds, view.tags, view.said, view.kept);
  view.hears = (event) => hear(view, event);
  return view;
}

function hear(view, event) {
  const wanted = asked(event);
  if (wanted === undefined || !view.root.isConnected || !view.root.offsetParent) return;
  event.preventDefault();
  event.stopPropagation();
  if (typeof wanted === "number") act(view, { kind: "label", to: wanted });
  else if (wanted === "tags") openTags(view);
  else if (wanted === "target") aim(view, !view.all);
  else if (wanted !== "undo" || view.shown.undo) act(view, { kind: wanted });
}

function act(view, what) {
  const { shown } = view;
  if (!shown || Date.now() - view.waits < ANSWER_MS) return;
  view.waits = Date.now();
  view.root.setAttribute("aria-busy", "true");
  view.tell({ ...what, digit: shown.digit, data: shown.data, all: view.all, n: shown.selected });
}

function tag(view, word) {
  view.word.value = "";
  const has = !view.all && view.shown.tags.includes(word);
  act(view, { kind: has ? "untag" : "tag", tag: word });
}

function openTags(view) {
  view.tags.hidden = !view.tags.hidden;
  view.tagging.setAttribute("aria-expanded", String(!view.tags.hidden));
  (view.tags.hidden ? view.tagging : (view.chips.querySelector("button") ?? view.word)).focus();
}

function aim(view, all) {
  view.all = all && view.shown.selected > 1;
  const { selected, title } = view.shown;
  view.one.setAttribute("aria-pressed", String(!view.all));
  view.every.setAttribute("aria-pressed", String(view.all));
  view.every.title = `${title}: ${selected.toLocaleString("en")} digits`;
  view.root.classList.toggle("all", view.all);
  mark(view);
}

/** What is decided of the digit that is shown, on the buttons. */
function mark(view) {
  const { kind, to, tags, label } = view.shown;
  const is = (button, pressed) => {
    button.setAttribute("aria-pressed", String(pressed && !view.all));
  };
  is(view.right, kind === "right");
  is(view.out, kind === "leave out");
  for (const [digit, button] of view.digits.entries()) {
    is(button, kind === "label" ? to === digit : kind === "right" && label === digit);
    button.setAttribute("aria-label", digit === label ? `${digit}, as it is labelled` : `It is ${digit}`);
    button.classList.toggle("labelled", digit === label);
  }
  for (const chip of view.chips.children) is(chip, tags.includes(chip.dataset.tag));
  view.clear.disabled = !view.all && !kind;
}

function fill(view, shown) {
  const fresh = !view.shown || view.shown.digit !== shown.digit || view.shown.title !== shown.title;
  const answered = view.shown?.count !== shown.count;
  view.shown = shown;
  if (answered) {
    view.waits = 0;
    view.root.removeAttribute("aria-busy");
  }
  view.root.setAttribute("aria-label", `Settle the label of digit ${shown.digit.toLocaleString("en")}`);
  const found = {
    right: `Settled: ${shown.label} is right`,
    label: `Settled: labelled ${shown.label}, in truth ${shown.to}`,
    "leave out": "Settled: left out",
  };
  const state = found[shown.kind] ?? `Labelled ${shown.label}. Is that right?`;
  view.state.textContent = shown.tags.length ? `${state} (${shown.tags.join(", ")})` : state;
  view.everyName.textContent = `All ${shown.selected.toLocaleString("en")} selected`;
  view.target.hidden = shown.selected < 2;
  const focused = view.chips.contains(document.activeElement) && document.activeElement.dataset.tag;
  view.chips.replaceChildren(
    ...[...new Set([...shown.tags, ...shown.offered])].map((word) => {
      const chip = make("button", "chip");
      chip.type = "button";
      chip.dataset.tag = word;
      chip.textContent = word;
      chip.addEventListener("click", () => tag(view, word));
      return chip;
    }),
  );
  if (focused) {
    [...view.chips.children].find((chip) => chip.dataset.tag === focused)?.focus();
  }
  view.undo.disabled = !shown.undo;
  view.said.textContent = shown.said;
  view.said.classList.toggle("trouble", shown.trouble);
  view.kept.textContent = shown.kept;
  // What was for all is done, or another is looked at: the next key is for one digit again.
  aim(view, view.all && !fresh && !answered);
}
