// The numbers of repositories that are compared: loaded from their scripts, and put into one table.
const DAY = 86400000;
const loaded = new Map(); // a repository, and the promise of its numbers
const taken = new Map();

// The days of a packed table are steps from the day before, and its values are columns.
const unpack = ({ kinds, days, values }) => {
  let day = 0;
  const rows = days.map((step, place) => {
    day += step;
    return { day: new Date(day * DAY).toISOString().slice(0, 10), values: values.map((column) => column[place]) };
  });
  return { kinds, rows };
};

// A script with the numbers of a repository calls this.
window.repoStats.take = ({ repo, lines }) => {
  taken.set(repo, Object.fromEntries(Object.entries(lines).map(([name, table]) => [name, unpack(table)])));
};

const load = (repo) => {
  if (!loaded.has(repo)) {
    loaded.set(repo, new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = `${repo.split("/").map(encodeURIComponent).join("/")}.js`;
      script.onload = () => resolve(taken.get(repo) ?? null);
      script.onerror = () => resolve(null);
      document.head.append(script);
    }));
  }
  return loaded.get(repo);
};

const sum = (values) => values.reduce((total, value) => total + (value ?? 0), 0);
const column = (kind) => (values, kinds) => values[kinds.indexOf(kind)] ?? null;

const stars = (values, kinds) => column("given and still held")(values, kinds) ?? column("seen")(values, kinds);

// Which table each chart shows, and which number of its rows; `holds`: a number holds until the next.
const SOURCES = {
  stars: { table: "stars", pick: stars, holds: true },
  open: { table: "backlog", pick: sum, holds: true },
  opened: { table: "flow", pick: column("opened"), before: "week of " },
  closed: { table: "flow", pick: column("closed"), before: "week of " },
  closing: { table: "closing", pick: column("half of them"), before: "month of ", unit: "days" },
};

// The days and numbers of one repository: from a day on, and as a change since then if they hold.
const pickNumbers = (tables, { table, pick, holds }, since) => {
  const { kinds, rows } = tables[table] ?? { kinds: [], rows: [] };
  const all = rows.map(({ day, values }) => [day, pick(values, kinds)]).filter(([, value]) => value !== null);
  if (!since) return all;
  const later = all.filter(([day]) => day > since);
  if (!holds) return all.filter(([day]) => day >= since);
  const base = all.filter(([day]) => day <= since).pop();
  if (!base) return all.map(([day, value]) => [day, value - all[0][1]]);
  return [[since, 0], ...later.map(([day, value]) => [day, value - base[1]])];
};

// One table with a column for each repository.
const joinNumbers = (repos, columns) => {
  const byDay = columns.map((numbers) => new Map(numbers));
  const days = [...new Set(columns.flatMap((numbers) => numbers.map(([day]) => day)))].sort();
  return { kinds: repos, rows: days.map((day) => ({ day, values: byDay.map((numbers) => numbers.get(day) ?? null) })) };
};

// The same, with the number of the day before where a day has none: for reading.
const carryNumbers = ({ kinds, rows }) => {
  let last = kinds.map(() => null);
  return { kinds, rows: rows.map(({ day, values }) => {
    last = values.map((value, place) => value ?? last[place]);
    return { day, values: last };
  }) };
};
