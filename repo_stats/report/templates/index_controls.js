// What the reader chooses on the first page: by its controls, or by the address that keeps it.
const startIndex = () => {
  const rows = readRows();
  const table = document.getElementById("repositories");
  const form = document.getElementById("choice");
  const pager = document.getElementById("pager");
  const bar = document.getElementById("compare");
  const heads = [...table.querySelectorAll("th[data-key]")];
  const columns = heads.map((head) => ({ ...head.dataset, label: head.textContent.trim() }));
  const usual = { q: "", org: "", language: "", archived: "", sort: "stars", order: "down", page: "1" };
  const compared = new Set();
  let choice = { ...usual };
  let writing = 0;

  const readAddress = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    choice = { ...usual };
    for (const name of Object.keys(usual)) choice[name] = given.get(name) ?? usual[name];
    if (!columns.some(({ key }) => key === choice.sort)) choice.sort = usual.sort;
    for (const control of form.elements) {
      if (control.name) control.value = choice[control.name];
      if (control.name && control.value !== choice[control.name]) control.value = choice[control.name] = usual[control.name];
    }
  };
  const writeAddress = () => { // browsers allow few changes of an address in a short time
    clearTimeout(writing);
    writing = setTimeout(() => {
      const chosen = Object.entries(choice).filter(([name, value]) => value !== usual[name]);
      const text = new URLSearchParams(chosen).toString();
      history.replaceState(null, "", text ? `#${text}` : "#");
    }, 250);
  };
  const showPager = (count, first, last) => {
    pager.hidden = last - first === count;
    const [back, place, on] = pager.children;
    place.textContent = `${WHOLE.format(first + 1)} to ${WHOLE.format(last)} of ${WHOLE.format(count)}`;
    back.disabled = first === 0;
    on.disabled = last === count;
  };
  const showCompared = () => {
    bar.hidden = !compared.size;
    const [names, link] = bar.children;
    names.textContent = `${[...compared].join(", ")}${compared.size === MOST_COMPARED ? " (six at most)" : ""}`;
    const list = [...compared].map((repo) => repo.split("/").map(encodeURIComponent).join("/"));
    link.href = `compare.html#repos=${list.join(",")}`;
    for (const box of table.querySelectorAll(".tick input")) {
      box.checked = compared.has(box.value);
      box.disabled = !box.checked && compared.size >= MOST_COMPARED;
    }
  };
  const show = () => {
    const found = sortRows(findMatches(rows, choice), choice);
    const most = countOnPage();
    const pages = Math.max(1, Math.ceil(found.length / most));
    const page = Math.min(Math.max(1, Number.parseInt(choice.page, 10) || 1), pages);
    const first = (page - 1) * most;
    const last = Math.min(found.length, first + most);
    choice.page = String(page);
    showRows(table, columns, found.slice(first, last), compared);
    showTotals(found);
    showPager(found.length, first, last);
    const all = `${WHOLE.format(rows.length)} ${rows.length === 1 ? "repository" : "repositories"}`;
    document.getElementById("count").textContent =
      found.length === rows.length ? all : `${WHOLE.format(found.length)} of ${all}`;
    for (const head of heads) {
      if (head.dataset.key === choice.sort) head.ariaSort = choice.order === "down" ? "descending" : "ascending";
      else head.ariaSort = null;
    }
  };
  const choose = (changes) => {
    choice = { ...choice, page: "1", ...changes };
    for (const name of ["sort", "order"]) if (form.elements[name]) form.elements[name].value = choice[name];
    show();
    writeAddress();
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => choose({ [target.name]: target.value }));
  for (const head of heads) {
    const isNumber = head.classList.contains("number") && head.dataset.key !== "rank";
    head.querySelector("button")?.addEventListener("click", () => {
      const isSame = choice.sort === head.dataset.key;
      const order = isSame ? { up: "down", down: "up" }[choice.order] : isNumber ? "down" : "up";
      choose({ sort: head.dataset.key, order });
    });
  }
  pager.addEventListener("click", ({ target }) => {
    if (!target.dataset.step) return;
    choose({ page: String(Number(choice.page) + Number(target.dataset.step)) });
    document.getElementById("all").scrollIntoView();
  });
  table.addEventListener("change", ({ target }) => {
    if (target.checked) compared.add(target.value);
    else compared.delete(target.value);
    showCompared();
  });
  bar.querySelector("button").addEventListener("click", () => {
    compared.clear();
    showCompared();
  });
  CARDS.addEventListener("change", show);
  addEventListener("hashchange", () => {
    readAddress();
    show();
  });
  readAddress();
  show();
  form.hidden = table.hidden = false;
};
startIndex();
