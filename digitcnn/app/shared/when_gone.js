// When a component ends.

/**
 * What Streamlit may call at a component's end.
 *
 * It also calls it while the component stays: where two messages come at once, as from a slow server,
 * the first is done with only after the second has taken its place. Ending then would take away what
 * both share, a stroke under the pen among it.
 *
 * @param {Element} root of the component
 * @param {() => void} leave ends it
 */
export const whenGone = (root, leave) => () => setTimeout(() => root.isConnected || leave());
