// A part of a page that each step along the training changes, before all of the page follows.

/** Has a part show a text of its page, and from now on what a step tells of the part of that name.
    Gives what ends that. */
export function followSteps(view, name, text, fill) {
  const show = (told) => {
    if (view.shown === told) return;
    view.shown = told;
    fill(view, JSON.parse(told));
  };
  show(text);
  view.hears ??= ({ detail }) => show(detail[name]);
  document.addEventListener("digitcnn-moment", view.hears);
  return () => document.removeEventListener("digitcnn-moment", view.hears);
}
