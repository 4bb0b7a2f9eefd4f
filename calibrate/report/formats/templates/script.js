"use strict";

// Sorting: a click on a heading sorts its table by that column, another one turns it round.
function keyOf(row, column, numeric) {
  const cell = row.cells[column];
  const text = cell.dataset.value ?? cell.textContent.trim();
  return numeric ? (text === "" ? NaN : Number.parseFloat(text)) : text;
}

function compare(first, second, numeric) {
  if (!numeric) return first.localeCompare(second, "en", { numeric: true });
  // What was not measured stands last, whichever way it is sorted.
  if (Number.isNaN(first) || Number.isNaN(second)) return null;
  return first - second;
}

function sort(table, heading, button) {
  const column = heading.cellIndex;
  const numeric = button.dataset.type === "number";
  const before = heading.getAttribute("aria-sort");
  const down = before ? before === "ascending" : numeric;
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = table.tBodies[0];
  const keyed = Array.from(body.rows, (row) => [keyOf(row, column, numeric), row]);
  keyed.sort(([a], [b]) => {
    const order = compare(a, b, numeric);
    if (order === null) return Number.isNaN(a) - Number.isNaN(b);
    return down ? -order : order;
  });
  body.append(...keyed.map(([, row]) => row));
}

for (const table of document.querySelectorAll("table.sortable")) {
  for (const button of table.tHead.querySelectorAll("button")) {
    button.addEventListener("click", () => sort(table, button.closest("th"), button));
  }
}

// The chart of groups: what the pointer or the keyboard is on is told below it.
const readout = document.getElementById("readout");
const columns = Array.from(document.querySelectorAll("#groups-chart .column"));

function tell(column) {
  for (const other of columns) other.classList.toggle("on", other === column);
  readout.textContent = column.getAttribute("aria-label");
}

function moveTo(index) {
  const target = columns[Math.min(Math.max(index, 0), columns.length - 1)];
  for (const column of columns) column.setAttribute("tabindex", column === target ? "0" : "-1");
  target.focus();
}

const STEPS = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 };
columns.forEach((column, index) => {
  column.addEventListener("pointerenter", () => tell(column));
  column.addEventListener("focus", () => tell(column));
  column.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    moveTo(index + STEPS[event.key]);
  });
});

// Changed images: show only those of one kind.
for (const chips of document.querySelectorAll(".chips")) {
  chips.hidden = false;
  const buttons = Array.from(chips.querySelectorAll("button"));
  const cards = Array.from(chips.parentElement.querySelectorAll(".card"));
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const effect = button.dataset.effect;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      for (const card of cards) card.hidden = effect !== "" && card.dataset.effect !== effect;
    });
  }
}

// On paper nothing can be unfolded.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
