// Comparing repositories. The address says which ones, and since when: #repos=a/b,c/d&since=2026-03-01
const MOST = 6;
const form = document.getElementById("choose");
const chosen = document.getElementById("chosen");
const notice = document.getElementById("notice");
const NAMES = JSON.parse(document.getElementById("names").textContent);
const KNOWN = new Map(NAMES.map((name) => [name.toLowerCase(), name]));
const MOST_OFFERED = 20; // a browser is slow to look through thousands of options at each key
let drawing = 0; // differs for each choice: what an earlier one still loads is not shown

const readAddress = () => {
  const parts = new URLSearchParams(location.hash.slice(1));
  const names = (parts.get("repos") ?? "").split(",").filter(Boolean);
  const since = parts.get("since") ?? "";
  return { names: [...new Set(names)], since: /^\d{4}-\d\d-\d\d$/.test(since) ? since : "" };
};

// A shared address may have a name twice, in other spellings, or one that has left the report.
const findKnown = (names) => [...new Set(names.map((name) => KNOWN.get(name.toLowerCase())).filter(Boolean))];

const writeAddress = (names, since) => {
  const encoded = names.map((name) => name.split("/").map(encodeURIComponent).join("/"));
  location.hash = `repos=${encoded.join(",")}${since ? `&since=${since}` : ""}`;
};

const tell = (problems) => {
  notice.hidden = problems.length === 0;
  notice.textContent = problems.join(" ");
};

const showChosen = (repos, since) => {
  chosen.replaceChildren(...repos.map((repo, place) => {
    const item = document.createElement("li");
    item.className = `series-${place + 1}`;
    const link = document.createElement("a");
    link.href = `${repo.split("/").map(encodeURIComponent).join("/")}.html`;
    link.textContent = repo;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Remove";
    button.setAttribute("aria-label", `Remove ${repo}`);
    button.addEventListener("click", () => writeAddress(repos.filter((other) => other !== repo), since));
    item.append(link, button);
    return item;
  }));
};

const showLegend = (legend, repos) => legend.replaceChildren(...repos.map((repo, place) => {
  const name = document.createElement("span");
  name.className = `series-${place + 1}`;
  name.textContent = repo;
  return name;
}));

const drawSection = async (section, repos, tables, since) => {
  const name = section.dataset.compared;
  const source = SOURCES[name];
  const numbers = joinNumbers(repos, tables.map((known) => pickNumbers(known ?? {}, source, since)));
  const without = repos.filter((_, place) => numbers.rows.every(({ values }) => values[place] === null));
  section.querySelector(".since").textContent = since ? (source.holds ? ` As a change since ${since}.` : ` Since ${since}.`) : "";
  section.querySelector(".absent").textContent = without.length ? `Without numbers: ${without.join(", ")}.` : "";
  showLegend(section.querySelector(".legend"), repos);
  const figure = section.querySelector("figure");
  figure.replaceChildren();
  section.hidden = false;
  if (numbers.rows.length < 2) {
    section.querySelector(".absent").textContent = "There are too few numbers for a chart.";
    return;
  }
  const wording = { title: section.dataset.question, before: source.before, unit: source.unit };
  const chart = name === "stars" && !since ? "compared stars" : "compared";
  await window.repoStats.drawChart(figure, chart, numbers, wording, source.holds ? carryNumbers(numbers) : numbers);
};

const show = async () => {
  const current = (drawing += 1);
  const { names, since } = readAddress();
  const repos = findKnown(names);
  const problems = names.filter((name) => !KNOWN.has(name.toLowerCase())).map((name) => `${name} is not in this report.`);
  if (repos.length > MOST) problems.push(`Only the first ${MOST} are compared.`);
  const compared = repos.slice(0, MOST);
  form.elements.since.value = since;
  showChosen(compared, since);
  const tables = await Promise.all(compared.map(load));
  if (current !== drawing) return;
  compared.forEach((repo, place) => { if (!tables[place]) problems.push(`The numbers of ${repo} are not in this report.`); });
  tell(problems);
  for (const section of document.querySelectorAll("section[data-compared]")) {
    section.hidden = compared.length === 0;
    if (compared.length && current === drawing) await drawSection(section, compared, tables, since);
  }
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = form.elements.repo.value.trim();
  const { names, since } = readAddress();
  const repo = KNOWN.get(typed.toLowerCase());
  if (!repo) return tell([typed ? `${typed} is not in this report.` : "Type the owner and the name of a repository."]);
  const known = findKnown(names);
  if (known.length >= MOST) return tell([`No more than ${MOST} can be compared: remove one first.`]);
  form.elements.repo.value = "";
  writeAddress([...new Set([...known, repo])], since);
});
const offer = () => {
  const words = form.elements.repo.value.toLowerCase().split(/\s+/);
  const found = NAMES.filter((name) => words.every((word) => name.toLowerCase().includes(word)));
  document.getElementById("repositories").replaceChildren(...found.slice(0, MOST_OFFERED).map((name) => new Option("", name)));
};
form.elements.repo.addEventListener("input", (event) => {
  offer();
  // Choosing an offered name adds it. Typing does not: it may be the beginning of another name.
  const isTyped = event instanceof InputEvent && event.inputType !== "insertReplacementText";
  if (!isTyped && NAMES.includes(form.elements.repo.value)) form.requestSubmit();
});
form.elements.since.addEventListener("change", () => writeAddress(readAddress().names, form.elements.since.value));
window.addEventListener("hashchange", show);
offer();
form.hidden = false;
show();
