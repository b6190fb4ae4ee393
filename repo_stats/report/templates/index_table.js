// The table of the first page: the cells of a row, and which rows are in sight.
const CARDS = matchMedia("(max-width: 1180px)"); // the same as in the style
const countOnPage = () => (CARDS.matches ? 20 : 50);
const MOST_COMPARED = 6;
const TREND = { width: 96, height: 22 };
const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const SIGNED = new Intl.NumberFormat("en-US", { signDisplay: "always" });
const DECIMAL = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const toDay = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
const makeElement = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const makeBreakable = (text) => // a name breaks after these signs only
  text.split(/(?<=[/._-])/).flatMap((part, place) => (place ? [document.createElement("wbr"), part] : [part]));
const toAddress = (repo) => `${repo.split("/").map(encodeURIComponent).join("/")}.html`;
const drawTrend = (trend) => {
  const make = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const points = [...trend].map((digit, place) => {
    const x = (place * TREND.width) / (trend.length - 1);
    return `${x.toFixed(1)},${(TREND.height - 2 - (parseInt(digit, 36) * (TREND.height - 4)) / 35).toFixed(1)}`;
  });
  const svg = make("svg", { class: "sparkline", viewBox: `0 0 ${TREND.width} ${TREND.height}`, "aria-hidden": "true" });
  svg.append(make("path", { d: `M${points.join("L")}` }));
  return svg;
};
const makeTime = (seconds) => {
  const moment = new Date(seconds * 1000).toISOString();
  const time = makeElement("time", { dateTime: moment }, `${moment.slice(0, 16).replace("T", " ")} UTC`);
  time.dataset.short = "";
  tellAge(time);
  return time;
};
const makeName = (row) => {
  const parts = [makeElement("a", { href: toAddress(row.repo) }, ...makeBreakable(row.repo))];
  if (row.is_archived) parts.push(" ", makeElement("span", { className: "badge" }, "archived"));
  if (!row.is_exact) parts.push(" ", makeElement("span", { className: "badge" }, "not exact"));
  if (row.description) parts.push(makeElement("span", { className: "description" }, row.description));
  if (row.topics.length) parts.push(makeElement("span", { className: "topics" }, row.topics.join(" · ")));
  const cell = makeElement("th", {}, ...parts);
  cell.scope = "row";
  return cell;
};
const FORMATS = {
  number: (value) => WHOLE.format(value),
  signed: (value) => SIGNED.format(value),
  decimal: (value) => DECIMAL.format(value),
  text: (value) => value,
  trend: drawTrend,
  age: makeTime,
};
const makeCell = (row, { key, kind, label }) => {
  if (kind === "name") return makeName(row);
  const cell = makeElement("td", { className: ["number", "signed", "decimal"].includes(kind) ? "number" : kind });
  cell.dataset.label = label;
  if (!isMissing(row[key])) cell.append(FORMATS[kind](row[key]));
  return cell;
};
const makeTick = (row, compared) => {
  const isTicked = compared.has(row.repo);
  const box = makeElement("input", { type: "checkbox", checked: isTicked, value: row.repo });
  box.disabled = !isTicked && compared.size >= MOST_COMPARED;
  box.setAttribute("aria-label", `Compare ${row.repo}`);
  return makeElement("td", { className: "tick" }, box);
};
const showRows = (table, columns, rows, compared) => {
  const made = rows.map((row) =>
    makeElement("tr", {}, makeTick(row, compared), ...columns.map((column) => makeCell(row, column))));
  table.tBodies[0].replaceChildren(...made);
};
const showTotals = (rows) => {
  const sums = sumUp(rows);
  for (const place of document.querySelectorAll("#totals [data-total]")) {
    const value = sums[place.dataset.total];
    const write = { oldest: toDay, growth_30: FORMATS.signed }[place.dataset.total] ?? FORMATS.number;
    place.textContent = value === null ? "-" : write(value);
  }
};
