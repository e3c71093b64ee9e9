// Elements of a page, made by hand.

/** Gives a function that makes elements of a class, within `root` unless it is told another. */
export function maker(root) {
  return (name, className, parent = root) => {
    const element = document.createElement(name);
    element.className = className;
    parent.append(element);
    return element;
  };
}
