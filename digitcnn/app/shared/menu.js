// On a narrow screen the navigation is a menu over the page, which Streamlit leaves open on all but
// phones. Here it closes when a page is chosen, at a press beside it, and by Escape. And a page
// begins at its top, where Streamlit leaves it scrolled as far as the one before.
const NARROW = "(max-width: 768px)";

export default function () {
  const close = () => {
    if (!matchMedia(NARROW).matches) return;
    const menu = document.querySelector('[data-testid="stSidebar"]');
    if (!menu || menu.getBoundingClientRect().right <= 0) return;
    menu.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  };
  const pressed = (event) => {
    const menu = event.target.closest?.('[data-testid="stSidebar"]');
    if (!menu || event.target.closest('[data-testid="stSidebarNavLink"]')) setTimeout(close);
  };
  const key = (event) => {
    if (event.key === "Escape") close();
  };
  let here = location.pathname;
  // Address, title and content of a page come in any order, and nothing tells of the address.
  const changed = new MutationObserver(() => {
    if (location.pathname === here) return;
    here = location.pathname;
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  });
  changed.observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("click", pressed, true);
  document.addEventListener("keydown", key);
  return () => {
    changed.disconnect();
    document.removeEventListener("click", pressed, true);
    document.removeEventListener("keydown", key);
  };
}
