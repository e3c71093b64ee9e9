// The table of runs: sorts by a column, tells which runs are ticked, and of which one the actions
// are asked for. All text is set as text.
export default function ({ data: { table }, parentElement, setStateValue }) {
  const data = JSON.parse(table);
  const root = parentElement.querySelector(".runs");
  const view = (root.view ??= { sort: "", down: false, revision: null, chosen: [], acted: "" });
  // What a person has ticked stays until the page says otherwise: its answers come late.
  if (view.revision !== data.revision) {
    view.revision = data.revision;
    view.chosen = [...data.chosen];
    view.acted = data.acted;
  }
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "on") {
        for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
      } else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value != null) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child != null));
    return made;
  };

  const choose = (id) => {
    const at = view.chosen.indexOf(id);
    if (at >= 0) view.chosen.splice(at, 1);
    else view.chosen.push(id);
    tell();
    draw();
  };

  const tell = () =>
    setStateValue("chosen", {
      revision: view.revision, ids: [...view.chosen], acted: view.acted,
    });

  const act = (id) => {
    view.acted = view.acted === id ? "" : id;
    tell();
    draw();
    root.querySelector(`button[data-act="${id}"]`)?.focus();
  };

  const sortBy = (key, number) => {
    view.down = view.sort === key ? !view.down : number;
    view.sort = key;
    draw();
    root.querySelector(`th[data-key="${key}"] button`)?.focus();
  };

  const sorted = () => {
    const at = data.columns.findIndex((column) => column.key === view.sort);
    if (at < 0 && view.sort !== "name") return data.rows;
    const value = (row) => (at < 0 ? row.name : row.cells[at]?.value);
    return [...data.rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x == null || y == null) return (x == null) - (y == null);
      const order = typeof x === "number" ? x - y : String(x).localeCompare(String(y));
      return view.down ? -order : order;
    });
  };

  const heading = ({ key, title, help, number }) =>
    element(
      "th",
      {
        scope: "col",
        "data-key": key,
        class: number ? "number" : "",
        "aria-sort": view.sort === key ? (view.down ? "descending" : "ascending") : "none",
      },
      element(
        "button",
        { type: "button", title: help, on: { click: () => sortBy(key, number) } },
        title,
        element("span", { class: "arrow", "aria-hidden": "true" },
          view.sort === key ? (view.down ? "▼" : "▲") : ""),
      ),
    );

  const line = (row) => {
    const place = view.chosen.indexOf(row.id);
    const chosen = place >= 0;
    const box = element("input", {
      type: "checkbox",
      checked: chosen,
      "aria-label": `Compare ${row.name}`,
      "data-id": row.id,
      on: { change: () => { choose(row.id); root.querySelector(`input[data-id="${row.id}"]`)?.focus(); } },
    });
    const mark = element("span", { class: "mark", "aria-hidden": "true" });
    if (chosen && row.comparable) {
      const shown = view.chosen.filter((id) => data.rows.find((r) => r.id === id)?.comparable);
      const look = shown.indexOf(row.id) % data.colors.length;
      mark.style.color = data.colors[look];
      mark.textContent = data.symbols[look];
    }
    const name = element(
      "span",
      { class: "name" },
      row.name,
      row.starter ? element("span", { class: "badge quiet" }, "starter") : null,
      row.id === data.in_use ? element("span", { class: "badge" }, "in use") : null,
      row.state === "finished" ? null : element("span", { class: `badge ${row.state}` }, row.state),
      row.reason ? element("small", {}, row.reason) : null,
    );
    const label = element("label", {}, box, mark, name);
    const actions = element(
      "button",
      {
        type: "button", class: "actions", "data-act": row.id,
        "aria-expanded": String(view.acted === row.id),
        "aria-label": `Actions for ${row.name}`, title: `To ${data.actions} it`,
        on: { click: () => act(row.id) },
      },
      "⋯",
    );
    const cells = row.cells.length
      ? row.cells.map((cell, i) =>
          element("td", { class: data.columns[i].number ? "number" : data.columns[i].key },
          cell.mood ? element("span", { class: cell.mood }, cell.text) : cell.text))
      : [element("td", { colspan: data.columns.length }, "")];
    return element("tr", { class: chosen ? "chosen" : "" },
      element("th", { scope: "row" }, element("div", { class: "run" }, label, actions)), ...cells);
  };

  const draw = () => {
    const scrolled = root.scrollLeft;
    const name = { key: "name", title: "Run", help: "The name of the run.", number: false };
    root.replaceChildren(
      element("table", {},
        element("caption", {}, "All runs. Tick those to compare; a heading sorts; the button beside a name opens its actions."),
        element("thead", {}, element("tr", {}, ...[name, ...data.columns].map(heading))),
        element("tbody", {}, ...sorted().map(line))),
    );
    root.scrollLeft = scrolled;
  };

  draw();
}
