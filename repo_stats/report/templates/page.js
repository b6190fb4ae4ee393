"use strict";
const valueOf = (row, column) => {
  const cell = row.cells[column];
  const text = cell.dataset.value ?? cell.textContent.trim();
  const number = Number(text);
  return cell.dataset.value !== undefined ? (text === "" || Number.isNaN(number) ? null : number) : text.toLowerCase();
};
const compare = (one, other) => typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other));
for (const button of document.querySelectorAll("table.sortable th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const body = head.closest("table").tBodies[0];
    const column = head.cellIndex;
    const isDescending = head.getAttribute("aria-sort") === "ascending" || (!head.hasAttribute("aria-sort") && head.classList.contains("number"));
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
    const rows = [...body.rows].map((row) => [valueOf(row, column), row]);
    rows.sort(([one], [other]) => {
      if (one === null || other === null) return (one === null) - (other === null);
      return isDescending ? compare(other, one) : compare(one, other);
    });
    body.append(...rows.map(([, row]) => row));
  });
}
const STEPS = [[60, 1, "second"], [3600, 60, "minute"], [86400, 3600, "hour"], [Infinity, 86400, "day"]];
const tellAge = (time) => {
  const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
  if (seconds < -60) return; // a clock is wrong, so the age is not known
  const [, length, unit] = STEPS.find(([bound]) => seconds < bound);
  const count = Math.max(0, Math.round(seconds / length));
  const age = `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  time.title = time.textContent;
  time.textContent = "short" in time.dataset ? age : `${time.textContent} (${age})`;
};
const bringUpToDate = (time) => { // a later refresh that changed no number has not changed the page
  const known = typeof TIMES === "undefined" ? undefined : TIMES[time.dataset.repo];
  if (known === undefined || known * 1000 <= Date.parse(time.dateTime)) return;
  time.dateTime = new Date(known * 1000).toISOString();
  time.textContent = `${time.dateTime.slice(0, 16).replace("T", " ")} UTC`;
};
for (const time of document.querySelectorAll("time[data-repo]")) bringUpToDate(time);
for (const time of document.querySelectorAll("time")) tellAge(time);
