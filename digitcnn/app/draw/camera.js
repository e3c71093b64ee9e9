// Where a finger points, the camera button takes a picture with the device's own camera app: with
// the rear camera, at full size, through the uploader beside it. Elsewhere the page's camera opens.
const RESTORE_MS = 1000; // by then the browser has read what it is asked for

export default function () {
  const pressed = (event) => {
    if (!event.target.closest?.(".st-key-photo-camera-button button")) return;
    const input = document.querySelector('.st-key-photo-source input[type="file"]');
    if (!input || !matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { accept, multiple } = input;
    Object.assign(input, { accept: "image/*", multiple: false });
    input.setAttribute("capture", "environment");
    input.click();
    setTimeout(() => {
      Object.assign(input, { accept, multiple });
      input.removeAttribute("capture");
    }, RESTORE_MS);
  };
  document.addEventListener("click", pressed, true);
  return () => document.removeEventListener("click", pressed, true);
}
