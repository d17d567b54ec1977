// @ts-check
/** Begins a page that was opened from a file. */

import { element, find } from "./elements.js";
import { listen } from "./keys.js";
import { Packet } from "./packet.js";
import { Page } from "./page.js";
import { counted } from "./numbers.js";

/** @param {string} id @returns {any} */
function inline(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "{}");
}

/** Questions' documents are read when they are first asked for. @type {Map<string, any>} */
const documents = new Map();
const content = inline("packet");
const packet = new Packet(content, (question, kind) => {
  const places = [...document.querySelectorAll("script[data-question]")];
  const place = places.find((one) => /** @type {HTMLElement} */ (one).dataset.question === question);
  if (!documents.has(question)) documents.set(question, JSON.parse(place?.textContent ?? "{}"));
  return documents.get(question)[kind] ?? {};
}, content.style);
const page = new Page(packet);
const button = find("save-file", HTMLButtonElement);
const name = find("marker", HTMLInputElement);

packet.whenChanged = () => {
  button.firstChild?.replaceWith(packet.unsaved ? `Save ${counted(packet.unsaved, "mark")} ` : Object.keys(packet.kept).length ? "Marks are saved " : "Save marks ");
  if (packet.trouble) page.say(packet.trouble, true);
  return undefined;
};

function save() {
  void page.trying(async () => {
    const address = URL.createObjectURL(new Blob([packet.marksFile()], { type: "application/jsonl" }));
    const file = `marks-${packet.packet}-${packet.marker.replace(/[^\p{L}\p{N}_-]+/gu, "-")}.jsonl`;
    element("a", { href: address, download: file }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    packet.nowSaved();
    page.say(`Your marks are in ${file}, in the folder for downloads; hand it to who runs the course.`);
  });
}

button.addEventListener("click", save);
name.value = packet.marker;
name.addEventListener("input", () => packet.setMarker(name.value));
listen(page, { s: save });
// The same packet may be open in another window.
addEventListener("storage", (event) => {
  if (event.key !== packet.place) return;
  void page.trying(async () => {
    packet.read();
    packet.whenChanged();
    page.sheet = await packet.sheet();
    const { round } = page;
    for (const id of round?.answers.keys() ?? []) round?.learn(packet.answer(id));
    if (round) page.refresh(round);
  });
});
addEventListener("beforeunload", (event) => {
  if (packet.unsaved || page.round?.hasDrafts) event.preventDefault();
});
void page.trying(async () => {
  await page.start();
  packet.whenChanged();
});
