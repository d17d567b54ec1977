// @ts-check
/** One question to the tutor, answered in words. */

import { find } from "./elements.js";

/**
 * @param {string} title
 * @param {string} label
 * @param {string} yes
 * @param {string} [text]
 * @param {string} [remark]
 * @returns {Promise<string | null>} null where it is not to be done after all
 */
export function ask(title, label, yes, text = "", remark = "") {
  const dialog = find("asking", HTMLDialogElement);
  const field = find("asking-text", HTMLTextAreaElement);
  find("asking-title", HTMLElement).textContent = title;
  find("asking-label", HTMLElement).textContent = label;
  find("asking-remark", HTMLElement).textContent = remark;
  find("asking-yes", HTMLButtonElement).textContent = yes;
  field.value = text;
  dialog.returnValue = "";
  dialog.showModal();
  field.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? field.value.trim() : null), { once: true });
  });
}
