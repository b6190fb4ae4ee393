"use strict";
// Reading the numbers of a chart: a mark goes to the nearest day, and a line of text says its numbers.
const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };
const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

const element = (name, attributes, text = "") => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
};

const written = (value, unit) => `${NUMBER.format(value)}${unit ? ` ${unit}` : ""}`;

// numbers: { kinds: names of the columns, rows: [{ day, values }] }; wording: { title, before, unit }
const readRow = (numbers, place, wording) => {
  const { day, values } = numbers.rows[place];
  const known = numbers.kinds.map((kind, column) => [kind, values[column]]).filter(([, value]) => value !== null);
  return `${wording.before ?? ""}${day}: ${known.map(([kind, value]) => `${kind} ${written(value, wording.unit)}`).join(", ")}`;
};

// The alternative text of a chart: what each of its lines says.
const describe = (numbers, wording) => {
  const lines = numbers.kinds.map((kind, column) => {
    const known = numbers.rows.map(({ day, values }) => [day, values[column]]).filter(([, value]) => value !== null);
    if (known.length === 0) return `${kind}: no numbers.`;
    const [[firstDay, first], [lastDay, last]] = [known[0], known[known.length - 1]];
    const all = known.map(([, value]) => value);
    const say = (value) => written(value, wording.unit);
    return `${kind}: first ${say(first)} (${firstDay}), last ${say(last)} (${lastDay}), lowest ${say(Math.min(...all))}, highest ${say(Math.max(...all))}.`;
  });
  return `${wording.title} ${lines.join(" ")}`;
};

// Lets pointer, touch and keys choose a day. `findPlaces` returns the x coordinate of each row.
const makeReader = (numbers, wording, findPlaces) => {
  const mark = element("div", { class: "mark", hidden: "" });
  const last = numbers.rows.length - 1;
  const reader = element("div", { class: "reader", role: "slider", tabindex: "0", "aria-label": `Day to read: ${wording.title}`, "aria-valuemin": "0", "aria-valuemax": String(last) });
  reader.append(mark);
  const line = element("p", { class: "reading", "aria-live": "polite" });
  let chosen = last;
  const place = () => mark.style.setProperty("left", `${findPlaces()[chosen]}px`);
  const choose = (next, isShown = true) => {
    chosen = Math.min(last, Math.max(0, next));
    reader.setAttribute("aria-valuenow", String(chosen));
    reader.setAttribute("aria-valuetext", numbers.rows[chosen].day);
    line.textContent = readRow(numbers, chosen, wording);
    mark.hidden = !isShown;
    place();
  };
  const follow = (event) => {
    const x = event.clientX - reader.getBoundingClientRect().left;
    const distances = findPlaces().map((at) => Math.abs(at - x));
    choose(distances.indexOf(Math.min(...distances)));
  };
  for (const name of ["pointermove", "pointerdown"]) reader.addEventListener(name, follow);
  reader.addEventListener("focus", () => choose(chosen));
  reader.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(chosen + STEPS[event.key]);
  });
  choose(last, false);
  return { reader, line, place };
};
