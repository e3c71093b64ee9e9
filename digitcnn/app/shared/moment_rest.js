// Asks for all of the page once the slider along a training rests: till then a step changed only
// what the components of the page know how to change by themselves.

export default function ({ parentElement, setTriggerValue }) {
  parentElement.tell = (at) => setTriggerValue("rested", at);
  parentElement.hears ??= ({ detail }) => parentElement.tell(detail);
  document.addEventListener("digitcnn-moment-rest", parentElement.hears);
  return () => document.removeEventListener("digitcnn-moment-rest", parentElement.hears);
}
