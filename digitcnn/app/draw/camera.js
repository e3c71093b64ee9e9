// The camera as a video in the page, with the digits that the server reads in it. Two buttons of the
// page belong to it: one opens the video; the other, where a finger points, opens the device's own
// camera app, with the rear camera and at full size, through the uploader.

import { fitted, freshMs, LARGEST_PX, nextSide, pauseMs, steadied, whyNot } from "./camera_boxes.js";
import { whenGone } from "../shared/when_gone.js";

const LIVE = "photo-live-button", NATIVE = "photo-camera-button"; // the page's buttons' keys
const UPLOADER = '.st-key-photo-source input[type="file"]';
const QUALITIES = [0.7, 0.5, 0.3], MOST_BYTES = 290_000; // the server takes a little more
const STILL_QUALITY = 0.92, STILL_PX = [1920, 1080];
const AWAY_MS = 8000; // without an answer, the server is away
const SETTLED = 3; // answers alike, until they are told to who can't see them
const RESTORE_MS = 1000; // by then the browser has read what it is asked for

const HINT = "Hold the paper flat and fill the frame.";

const cameras = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".camera");
  let camera = cameras.get(root);
  if (!camera) cameras.set(root, (camera = new Camera(root)));
  camera.tell = setTriggerValue;
  const answer = JSON.parse(data[0]), pressed = data[1];
  if (answer) camera.take(answer);
  if (pressed) camera.pressLate(pressed); // before this script was there
  return whenGone(root, () => {
    camera.leave();
    cameras.delete(root);
  });
}

class Camera {
  constructor(root) {
    this.root = root;
    const part = (selector) => root.querySelector(selector);
    this.view = part(".view");
    this.video = part("video");
    this.layer = part(".over-video");
    this.lines = part(".lines");
    this.says = part(".says");
    this.told = part(".told");
    this.other = part(".other");
    this.tools = part(".tools");
    this.canvas = document.createElement("canvas");
    this.number = 0; // of the picture that was sent last
    this.side = LARGEST_PX;
    this.turn = 0; // counts what was begun, so that what comes too late is left
    this.isOpen = false;
    this.facing = { facingMode: { ideal: "environment" } };
    const on = (target, name, act, capture = false) => {
      target.addEventListener(name, act, capture);
      return () => target.removeEventListener(name, act, capture);
    };
    this.listeners = [
      on(document, "click", (event) => this.pressed(event), true),
      on(document, "visibilitychange", () => this.seen()),
      on(globalThis, "pagehide", () => this.rest()),
      on(this.view, "click", () => this.still()),
      on(part(".take"), "click", () => this.still()),
      on(this.other, "click", () => this.change()),
      on(part(".close"), "click", () => this.close()),
      on(root, "keydown", (event) => event.key === "Escape" && this.close()),
      on(this.video, "resize", () => this.size()),
    ];
    performance.mark("digitcnn-camera");
  }

  leave() {
    this.isOpen = false;
    this.rest();
    for (const stop of this.listeners) stop();
  }

  // -- the page's buttons

  pressed(event) {
    const key = [LIVE, NATIVE].find((key) => event.target.closest?.(`.st-key-${key} button`));
    if (!key) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.press(key);
  }

  press(key) {
    if (key === NATIVE) takeNatively();
    else if (!this.stream) this.open();
  }

  pressLate(key) {
    // Browsers open the camera app only in answer to a tap, which may be too long ago.
    if (key !== NATIVE || navigator.userActivation?.isActive !== false) return this.press(key);
    this.root.hidden = false;
    this.refuse("The page was not ready yet. Tap “Take a photo” once more.");
  }

  open() {
    this.isOpen = true;
    this.root.hidden = false;
    this.start();
  }

  close() {
    this.isOpen = false;
    this.rest();
    this.root.hidden = true;
    this.clear();
    document.querySelector(`.st-key-${LIVE} button`)?.focus();
  }

  // -- the camera

  async start() {
    this.rest();
    this.clear();
    const turn = this.turn;
    if (!navigator.mediaDevices?.getUserMedia) return this.refuse(whyNot("insecure"));
    this.say("Opening the camera. The browser may ask whether it may be used.");
    const [width, height] = STILL_PX;
    const wanted = { ...this.facing, width: { ideal: width }, height: { ideal: height } };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    } catch (error) {
      if (turn === this.turn) this.refuse(whyNot(error.name));
      return;
    }
    if (turn !== this.turn) return stop(stream); // It was closed while the browser asked.
    this.stream = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => turn === this.turn && this.refuse(whyNot("ended")));
    this.video.srcObject = stream;
    await this.video.play().catch(() => undefined);
    if (turn !== this.turn) return;
    this.root.classList.add("live");
    this.size();
    this.root.scrollIntoView({ block: "nearest" });
    this.say(HINT);
    const take = this.tools.querySelector(".take");
    take.hidden = false;
    if (!this.root.contains(document.activeElement)) take.focus({ preventScroll: true });
    this.later(0);
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    if (turn !== this.turn) return;
    this.devices = devices.filter(({ kind }) => kind === "videoinput").map((one) => one.deviceId);
    this.device = track.getSettings().deviceId;
    this.other.hidden = this.devices.length < 2;
  }

  /** Turns the camera off: its light goes out. */
  rest() {
    this.turn++;
    this.awaited = null;
    for (const timer of [this.timer, this.away, this.aging]) clearTimeout(timer);
    if (this.stream) stop(this.stream);
    this.stream = null;
    this.video.srcObject = null;
    this.root.classList.remove("live");
  }

  seen() {
    if (document.hidden) this.rest();
    else if (this.isOpen && !this.stream) this.start();
  }

  change() {
    const at = this.devices.indexOf(this.device);
    this.facing = { deviceId: { exact: this.devices[(at + 1) % this.devices.length] } };
    this.start();
  }

  refuse(why) {
    this.rest();
    this.clear();
    this.isOpen = false;
    this.say(why);
    this.told.textContent = why;
    this.tools.querySelector(".take").hidden = this.other.hidden = true;
  }

  size() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (width && height) this.view.style.setProperty("--shape", width / height);
  }

  // -- pictures out, answers in

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), ms);
  }

  async send() {
    const turn = this.turn;
    if (this.video.readyState < 2 || !this.video.videoWidth) return this.later(100);
    this.sentAt = performance.now();
    let picture;
    for (const quality of QUALITIES) {
      picture = await this.picture(this.side, quality);
      if (picture && picture.size <= MOST_BYTES) break;
    }
    const text = picture && (await base64(picture));
    if (turn !== this.turn) return;
    if (!text) return this.later(1000);
    this.awaited = ++this.number;
    this.away = setTimeout(() => {
      this.say("The server does not answer. The camera continues as soon as it does.");
      this.later(0);
    }, AWAY_MS);
    this.tell("frame", `${this.awaited} ${text}`);
  }

  /** What the camera sees now, as a JPEG. */
  picture(most, quality) {
    const { videoWidth, videoHeight } = this.video;
    const [width, height] = fitted(videoWidth, videoHeight, most);
    Object.assign(this.canvas, { width, height });
    this.canvas.getContext("2d").drawImage(this.video, 0, 0, width, height);
    return new Promise((done) => this.canvas.toBlob(done, "image/jpeg", quality));
  }

  /** Takes what the server read in the picture that waits for it. */
  take(answer) {
    if (this.awaited === null || (answer.number !== this.awaited && !answer.trouble)) return;
    this.awaited = null;
    clearTimeout(this.away);
    performance.measure("digitcnn-camera", { start: this.sentAt });
    if (answer.trouble) return this.refuse(answer.trouble);
    const tookMs = performance.now() - this.sentAt;
    this.side = nextSide(this.side, tookMs);
    if (answer.boxes) {
      this.shown = steadied(this.shown, answer.boxes);
      this.draw();
      this.lines.textContent = answer.lines.join("\n");
      this.announce(answer.lines.join(", "));
      this.age(freshMs(tookMs));
    }
    this.say(answer.says ?? HINT);
    this.later(pauseMs(tookMs));
  }

  /** Dims the boxes when they are old, in so many milliseconds. */
  age(ms) {
    clearTimeout(this.aging);
    this.layer.classList.toggle("old", ms <= 0);
    if (ms > 0) this.aging = setTimeout(() => this.layer.classList.add("old"), ms);
  }

  draw() {
    const made = new Map([...this.layer.children].map((box) => [Number(box.dataset.id), box]));
    const boxes = this.shown.map(({ id, box, text, uncertain, held }) => {
      const element = made.get(id) ?? newBox(id);
      const [left, top, width, height] = box.map((side) => `${side}%`);
      Object.assign(element.style, { left, top, width, height });
      element.classList.toggle("uncertain", uncertain);
      element.classList.toggle("held", held);
      const says = text + (uncertain && text !== "?" ? "?" : "");
      if (element.firstChild.textContent !== says) element.firstChild.textContent = says;
      made.delete(id);
      return element;
    });
    for (const gone of made.values()) gone.remove();
    this.layer.append(...boxes.filter((box) => !box.isConnected));
  }

  clear() {
    this.shown = [];
    this.layer.replaceChildren();
    this.layer.classList.remove("old");
    this.lines.textContent = this.told.textContent = "";
    this.heard = [];
    this.say("");
  }

  say(text) {
    if (this.says.textContent !== text) this.says.textContent = text;
  }

  /** Tells a screen reader what has been read for a while. */
  announce(text) {
    this.heard = [...this.heard.slice(1 - SETTLED), text];
    const isSettled = this.heard.length === SETTLED && this.heard.every((one) => one === text);
    const told = text ? `Reads ${text}` : "";
    if (isSettled && this.told.textContent !== told) this.told.textContent = told;
  }

  // -- a still

  /** Hands the picture at full size to the uploader, like any photo. */
  async still() {
    if (!this.stream || !this.video.videoWidth || this.isTaking) return;
    this.isTaking = true;
    const turn = this.turn;
    const picture = await this.picture(Infinity, STILL_QUALITY);
    this.isTaking = false;
    if (turn !== this.turn) return;
    const input = document.querySelector(UPLOADER);
    if (!picture || !input) return this.say("The photo could not be taken. Try it again.");
    const time = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString();
    const name = `Camera ${time.slice(0, 10)} ${time.slice(11, 19).replaceAll(":", "-")}.jpg`;
    const files = new DataTransfer();
    files.items.add(new File([picture], name, { type: "image/jpeg" }));
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    this.close();
  }
}

function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

function newBox(id) {
  const box = document.createElement("div");
  box.className = "box";
  box.dataset.id = id;
  const tag = document.createElement("span");
  tag.className = "tag";
  box.append(tag);
  return box;
}

/** A file's content as text. */
async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(text);
}

function takeNatively() {
  const input = document.querySelector(UPLOADER);
  if (!input) return;
  const { accept, multiple } = input;
  Object.assign(input, { accept: "image/*", multiple: false });
  input.setAttribute("capture", "environment");
  input.click();
  setTimeout(() => {
    Object.assign(input, { accept, multiple });
    input.removeAttribute("capture");
  }, RESTORE_MS);
}
