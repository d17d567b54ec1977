// @ts-check
/** Begins a page that a server shows. */

import { listen } from "./keys.js";
import { Page } from "./page.js";
import { Server } from "./source.js";

const page = new Page(new Server(document.body.dataset.api ?? ""));
listen(page);
addEventListener("beforeunload", (event) => {
  if (page.pending || page.round?.hasDrafts) event.preventDefault();
});
void page.trying(() => page.start());
