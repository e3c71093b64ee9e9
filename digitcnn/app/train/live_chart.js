// Lines over epochs, drawn once and then moved: new data change the attributes of what is there.
const NS = "http://www.w3.org/2000/svg";
const MARGIN = { left: 52, right: 12, top: 8, bottom: 40 };
const DASHES = { solid: "none", dash: "7 5", dot: "2 4" };
const LEAST_DRAG_PX = 8;

export default function ({ data: [told], parentElement }) {
  const root = parentElement.querySelector(".live-chart");
  root.chart ??= new Chart(root);
  root.chart.show(JSON.parse(told));
}

const make = (tag, attributes = {}, parent = null) => {
  const made = document.createElementNS(NS, tag);
  set(made, attributes);
  parent?.append(made);
  return made;
};

const set = (element, attributes) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
};

// As many children as there are values: those that are there already stay the same nodes.
const each = (parent, tag, values, act) => {
  while (parent.children.length > values.length) parent.lastChild.remove();
  while (parent.children.length < values.length) make(tag, {}, parent);
  values.forEach((value, i) => {
    act(parent.children[i], value, i);
  });
};

export const roundTicks = (low, high, most) => {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((n) => n * power >= rough * 0.999999);
  const first = Math.ceil(low / step - 1e-9);
  const ticks = [];
  for (let n = first; n * step <= high + step * 1e-9; n++) ticks.push(Number((n * step).toPrecision(12)));
  return ticks;
};

// Where in rising numbers the one lies that is nearest to x; -1 if there is none with a value.
export const nearest = (xs, ys, x) => {
  let best = -1;
  for (let i = 0; i < xs.length; i++) {
    if (ys[i] == null) continue;
    if (best < 0 || Math.abs(xs[i] - x) < Math.abs(xs[best] - x)) best = i;
  }
  return best;
};

const shown = (value, percent) =>
  percent ? `${(value * 100).toFixed(2)}%` : value.toFixed(4);

const inPercent = (value) => `${Number((value * 100).toPrecision(6))}%`;

class Chart {
  constructor(root) {
    this.root = root;
    this.zoomed = null; // epochs from and to
    this.at = null; // the epoch that is pointed at
    root.innerHTML =
      '<div class="head"><span class="title"></span><ul class="legend"></ul>' +
      '<button type="button" class="whole" hidden>Show all epochs</button></div>' +
      '<div class="plot"><div class="told" hidden></div></div><p class="unseen" aria-live="polite"></p>';
    const [plot] = root.getElementsByClassName("plot");
    this.plot = plot;
    this.title = root.querySelector(".title");
    this.legend = root.querySelector(".legend");
    this.whole = root.querySelector(".whole");
    this.tip = root.querySelector(".told");
    this.said = root.querySelector("[aria-live]");
    this.svg = make("svg", { role: "img", tabindex: 0 }, plot);
    const clip = make("clipPath", { id: `live-${Math.random().toString(36).slice(2)}` }, this.svg);
    this.clip = make("rect", {}, clip);
    this.grid = make("g", { class: "grid" }, this.svg);
    this.texts = make("g", { class: "texts" }, this.svg);
    this.across = make("text", { class: "across", "text-anchor": "middle" }, this.svg);
    const inside = make("g", { "clip-path": `url(#${clip.id})` }, this.svg);
    this.paths = make("g", { fill: "none" }, inside);
    this.marks = make("g", {}, inside);
    this.cursor = make("line", { class: "cursor", visibility: "hidden" }, this.svg);
    this.picked = make("g", {}, this.svg);
    this.dragged = make("rect", { class: "dragged", visibility: "hidden" }, this.svg);
    this.listen();
  }

  listen() {
    const place = (event) => event.clientX - this.svg.getBoundingClientRect().left;
    this.svg.addEventListener("pointermove", (event) => {
      this.point(this.epochAt(place(event)));
      if (this.dragFrom != null) this.drag(place(event));
    });
    this.svg.addEventListener("pointerleave", () => this.dragFrom == null && this.point(null));
    this.svg.addEventListener("pointerdown", (event) => {
      // A finger that is on the chart wants to scroll the page.
      if (event.pointerType !== "mouse" || event.button !== 0) return;
      this.dragFrom = place(event);
      this.svg.setPointerCapture(event.pointerId);
    });
    this.svg.addEventListener("pointerup", (event) => {
      if (this.dragFrom == null) return;
      const ends = [this.dragFrom, place(event)].sort((a, b) => a - b);
      this.dragFrom = null;
      set(this.dragged, { visibility: "hidden" });
      if (ends[1] - ends[0] < LEAST_DRAG_PX) return;
      this.zoom(ends.map((x) => this.epochAt(x)));
    });
    this.svg.addEventListener("dblclick", () => this.zoom(null));
    this.whole.addEventListener("click", () => {
      this.zoom(null);
      this.svg.focus(); // the button is gone
    });
    this.svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
      if (event.key === "Escape") this.point(null);
      if (step === undefined) return;
      event.preventDefault();
      this.walk(step);
    });
    this.svg.addEventListener("blur", () => this.point(null));
    this.sizes = new ResizeObserver(() => this.chart && this.draw());
    this.sizes.observe(this.plot);
  }

  zoom(epochs) {
    this.zoomed = epochs;
    this.whole.hidden = !epochs;
    this.draw();
  }

  show(chart) {
    this.chart = chart;
    this.draw();
  }

  epochAt(x) {
    const [from, to] = this.xRange;
    const part = (x - MARGIN.left) / Math.max(1, this.width - MARGIN.left - MARGIN.right);
    return from + Math.min(1, Math.max(0, part)) * (to - from);
  }

  x(epoch) {
    const [from, to] = this.xRange;
    return MARGIN.left + ((epoch - from) / (to - from)) * (this.width - MARGIN.left - MARGIN.right);
  }

  y(value) {
    const { range, log } = this.chart.y;
    const part = ((log ? Math.log10(value) : value) - range[0]) / (range[1] - range[0]);
    return this.height - MARGIN.bottom - part * (this.height - MARGIN.top - MARGIN.bottom);
  }

  draw() {
    const { chart } = this;
    this.width = Math.max(200, this.plot.clientWidth);
    this.height = chart.height - 44;
    this.plot.style.height = `${this.height}px`;
    this.xRange = this.zoomed ?? chart.x.range;
    set(this.svg, {
      width: this.width, height: this.height, viewBox: `0 0 ${this.width} ${this.height}`,
      "aria-label": `${chart.alt} Arrow keys go from epoch to epoch.${this.zoomed ? " Only a part is shown." : ""}`,
    });
    this.title.textContent = chart.title;
    this.drawLegend();
    this.drawAxes();
    set(this.clip, {
      x: MARGIN.left - 8, y: 0, width: this.width - MARGIN.left - MARGIN.right + 16,
      height: this.height - MARGIN.bottom + 6,
    });
    const lines = chart.lines.filter((line) => line.lines);
    each(this.paths, "path", lines, (path, line) =>
      set(path, {
        d: this.path(line), stroke: line.color, "stroke-width": line.width,
        "stroke-dasharray": DASHES[line.dash] ?? "none", "data-name": line.name,
      }),
    );
    const marks = chart.lines.filter((line) => line.marker)
      .flatMap((line) => line.x.map((x, i) => [line, x, line.y[i]]))
      .filter(([, , y]) => y != null);
    each(this.marks, "path", marks, (mark, [line, x, y]) => {
      const open = line.marker.endsWith("-open");
      set(mark, {
        d: symbol(this.x(x), this.y(y), line.size / 2, line.marker),
        fill: open ? "none" : line.color, stroke: open ? line.color : "none", "stroke-width": 2,
      });
    });
    this.point(this.at);
  }

  path(line) {
    let pen = "M";
    let path = "";
    for (let i = 0; i < line.x.length; i++) {
      if (line.y[i] == null) {
        pen = "M";
        continue;
      }
      path += `${pen}${this.x(line.x[i]).toFixed(1)} ${this.y(line.y[i]).toFixed(1)}`;
      pen = "L";
    }
    return path;
  }

  drawLegend() {
    const items = this.chart.lines;
    while (this.legend.children.length > items.length) this.legend.lastChild.remove();
    while (this.legend.children.length < items.length) {
      const item = document.createElement("li");
      const key = make("svg", { width: 26, height: 12, "aria-hidden": "true" }, item);
      make("path", { d: "M1 6H25", fill: "none" }, key);
      make("path", {}, key);
      item.append(document.createElement("span"));
      this.legend.append(item);
    }
    items.forEach((line, i) => {
      const item = this.legend.children[i];
      const [stroke, mark] = item.firstChild.children;
      const open = line.marker.endsWith("-open");
      set(stroke, {
        stroke: line.color, "stroke-width": line.width, visibility: line.lines ? "visible" : "hidden",
        "stroke-dasharray": DASHES[line.dash] ?? "none",
      });
      set(mark, {
        d: line.marker ? symbol(13, 6, Math.min(5, line.size / 2), line.marker) : "M0 0",
        fill: open ? "none" : line.color, stroke: open ? line.color : "none", "stroke-width": 2,
      });
      if (item.lastChild.textContent !== line.name) item.lastChild.textContent = line.name;
    });
  }

  drawAxes() {
    const { x, y } = this.chart;
    const bottom = this.height - MARGIN.bottom;
    const right = this.width - MARGIN.right;
    const most = Math.max(2, Math.floor((right - MARGIN.left) / 45));
    const xTicks = roundTicks(this.xRange[0], this.xRange[1], most);
    const yTicks = (y.ticks ?? roundTicks(y.range[0], y.range[1], 5)).map((value, i) => [
      value, y.texts ? y.texts[i] : y.percent ? inPercent(value) : String(value),
    ]);
    each(this.grid, "path", [...xTicks, null, ...yTicks], (line, tick, i) => {
      if (i < xTicks.length) set(line, { d: `M${this.x(tick)} ${MARGIN.top}V${bottom}` });
      else if (tick == null) set(line, { d: `M${MARGIN.left} ${bottom}H${right}` });
      else set(line, { d: `M${MARGIN.left} ${this.y(tick[0])}H${right}` });
    });
    const texts = [
      ...xTicks.map((tick) => [String(tick), this.x(tick), bottom + 17, "middle"]),
      ...yTicks.map(([value, text]) => [text, MARGIN.left - 6, this.y(value) + 4, "end"]),
    ];
    each(this.texts, "text", texts, (text, [said, left, top, anchor]) => {
      set(text, { x: left, y: top, "text-anchor": anchor });
      if (text.textContent !== said) text.textContent = said;
    });
    set(this.across, { x: (MARGIN.left + right) / 2, y: this.height - 6 });
    if (this.across.textContent !== x.title) this.across.textContent = x.title;
  }

  drag(x) {
    const left = Math.max(MARGIN.left, Math.min(this.dragFrom, x));
    set(this.dragged, {
      visibility: "visible", x: left, y: MARGIN.top, width: Math.abs(x - this.dragFrom),
      height: this.height - MARGIN.top - MARGIN.bottom,
    });
  }

  values() {
    return this.chart.lines.filter((line) => line.told).flatMap((line) => {
      const i = nearest(line.x, line.y, this.at);
      return i < 0 ? [] : [{ line, x: line.x[i], y: line.y[i] }];
    });
  }

  point(epoch) {
    this.at = epoch;
    const values = epoch == null ? [] : this.values();
    this.tip.hidden = !values.length;
    set(this.cursor, { visibility: values.length ? "visible" : "hidden" });
    each(this.picked, "circle", values, (dot, { line, x, y }) =>
      set(dot, { cx: this.x(x), cy: this.y(y), r: 4, fill: line.color }),
    );
    if (!values.length) return;
    const x = this.x(epoch);
    set(this.cursor, { x1: x, x2: x, y1: MARGIN.top, y2: this.height - MARGIN.bottom });
    const rows = values.map(({ line, x, y }) => {
      const row = document.createElement("div");
      const name = document.createElement("span");
      name.textContent = line.name;
      name.style.setProperty("--color", line.color);
      const value = document.createElement("b");
      value.textContent = shown(y, line.percent);
      const where = document.createElement("small");
      where.textContent = `epoch ${Number(x.toFixed(1))}`;
      row.append(name, value, where);
      return row;
    });
    this.tip.replaceChildren(...rows);
    this.tip.classList.toggle("left", x > this.width / 2);
    this.tip.style.left = x > this.width / 2 ? "" : `${x + 12}px`;
    this.tip.style.right = x > this.width / 2 ? `${this.width - x + 12}px` : "";
  }

  walk(step) {
    const epochs = [...new Set(this.chart.lines.filter((line) => line.told && line.marker)
      .flatMap((line) => line.x))].sort((a, b) => a - b);
    if (!epochs.length) return;
    const here = this.at == null ? (step > 0 ? -1 : epochs.length) : nearest(epochs, epochs, this.at);
    this.point(epochs[Math.min(epochs.length - 1, Math.max(0, here + step))]);
    this.said.textContent = `Epoch ${this.at}: ` +
      this.values().filter(({ line }) => line.marker)
        .map(({ line, y }) => `${line.name} ${shown(y, line.percent)}`).join(", ");
  }
}

const symbol = (x, y, r, name) => {
  if (name.startsWith("square")) return `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`;
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
};
