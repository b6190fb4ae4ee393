// The rows of the first page: which of them a choice leaves, in which order, and their sums.
const readRows = () => {
  const data = JSON.parse(document.getElementById("rows").textContent);
  return data.repo.map((repo, place) => {
    const row = {};
    for (const name of Object.keys(data)) row[name] = data[name][place];
    row.owner = repo.slice(0, repo.indexOf("/")).toLowerCase(); // a watchlist may write either case
    row.text = [repo, row.description, row.language ?? "", ...row.topics].join("\n").toLowerCase();
    return row;
  });
};
const findMatches = (rows, choice) => {
  const words = choice.q.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) =>
    (!choice.org || row.owner === choice.org.toLowerCase())
    && (!choice.language || row.language === choice.language)
    && (!choice.archived || Boolean(row.is_archived) === (choice.archived === "only"))
    && words.every((word) => row.text.includes(word)));
};
const COLLATOR = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const isMissing = (value) => value === null || value === undefined || value === "";
const compareValues = (one, other) =>
  typeof one === "number" ? one - other : COLLATOR.compare(one, other);
const sortRows = (rows, { sort, order }) => {
  const sign = order === "down" ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [one[sort], other[sort]];
    if (isMissing(a) || isMissing(b)) return isMissing(a) - isMissing(b); // these come last
    return sign * compareValues(a, b) || COLLATOR.compare(one.repo, other.repo);
  });
};
const sumUp = (rows) => {
  const sums = { repositories: rows.length, oldest: null };
  for (const name of ["stars", "growth_30", "open_issues", "open_pull_requests"]) {
    const known = rows.map((row) => row[name]).filter((value) => !isMissing(value));
    sums[name] = known.length ? known.reduce((sum, value) => sum + value, 0) : null;
  }
  for (const { oldest } of rows) {
    if (oldest !== null && (sums.oldest === null || oldest < sums.oldest)) sums.oldest = oldest;
  }
  return sums;
};
