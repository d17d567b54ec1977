// Sorting and filtering of the overview; all the rest of a report does without a script.
"use strict";
(() => {
  const grid = document.getElementById("grid");
  if (!grid) return;
  const body = grid.tBodies[0];
  const rows = [...body.rows].map((row) => ({
    row,
    who: row.cells[0].textContent.toLowerCase(),
    flags: [...row.cells[row.cells.length - 1].children].map((flag) => flag.textContent),
  }));
  const form = document.getElementById("filter");
  const find = document.getElementById("find");
  const flag = document.getElementById("flag");
  const shown = document.getElementById("shown");

  function filter() {
    const wanted = find.value.trim().toLowerCase();
    let count = 0;
    for (const each of rows) {
      const fits = each.who.includes(wanted) && (!flag.value || each.flags.includes(flag.value));
      each.row.hidden = !fits;
      count += fits;
    }
    shown.textContent = count === rows.length ? "" : `${count} of ${rows.length} shown`;
  }

  function value(row, column, isNumber) {
    const text = row.cells[column].textContent.trim();
    if (!isNumber) return text;
    const found = parseFloat(text);
    return Number.isNaN(found) ? -Infinity : found;
  }

  function sort(header, column) {
    const isNumber = header.dataset.kind === "number";
    const before = header.getAttribute("aria-sort");
    // Numbers begin with the highest, as most want it.
    const rising = before ? before === "descending" : !isNumber;
    for (const other of grid.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const compare = isNumber ? (a, b) => a - b : new Intl.Collator(undefined, { numeric: true }).compare;
    const keyed = rows.map((each, position) => ({ ...each, key: value(each.row, column, isNumber), position }));
    keyed.sort((a, b) => (a.key === b.key ? 0 : compare(a.key, b.key)) * (rising ? 1 : -1) || a.position - b.position);
    body.append(...keyed.map((each) => each.row));
  }

  [...grid.tHead.rows[0].cells].forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => sort(header, column));
  });
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  find.addEventListener("input", filter);
  flag.addEventListener("change", filter);
  filter();
})();
