// Drawing charts by Vega, which measures its texts and fills the width that there is.
const OPTIONS = { mode: "vega", ast: true, renderer: "svg", actions: false, tooltip: false, defaultStyle: false };

const drawn = new WeakMap(); // what is drawn in a figure

const rowsOf = ({ kinds, rows }) => rows.flatMap(({ day, values }) => kinds
  .map((kind, column) => ({ day, kind, value: values[column] })).filter(({ value }) => value !== null));

// Draws a chart into an element: `name` is that of its specification. `readable` has the numbers that
// are read, if others than those that are drawn.
const drawChart = async (figure, name, numbers, wording, readable = numbers) => {
  const specification = structuredClone(SPECIFICATIONS[name]);
  specification.data[0].values = rowsOf(numbers);
  for (const scale of specification.scales) {
    // A repository keeps its colour in a chart that lacks another one.
    if (scale.name === "color" && !Array.isArray(scale.domain)) scale.domain = numbers.kinds;
  }
  const plot = element("div", { class: "plot" });
  const picture = element("div", { class: "picture", role: "img", "aria-label": describe(numbers, wording) });
  const canvas = element("div", { "aria-hidden": "true" }); // to a reader of the screen, it is one picture
  picture.append(canvas);
  plot.append(picture);
  figure.replaceChildren(plot);
  drawn.get(figure)?.finalize(); // a chart that is drawn no longer listens to the window
  const embedded = await vegaEmbed(canvas, specification, OPTIONS);
  if (!plot.isConnected) return embedded.finalize(); // meanwhile another one is drawn in its place
  drawn.set(figure, embedded);
  const { view } = embedded;
  const days = numbers.rows.map(({ day }) => Date.parse(day));
  const findPlaces = () => days.map((day) => view.padding().left + view.origin()[0] + view.scale("x")(day));
  const { reader, line, place } = makeReader(readable, wording, findPlaces);
  view.addResizeListener(() => view.runAfter(place));
  plot.append(reader);
  figure.append(line);
};

// The numbers of a table: the first column has days, and each other column numbers of one kind.
const numbersOf = (table) => ({
  kinds: [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent),
  rows: [...table.tBodies[0].rows].map((row) => {
    const [day, ...values] = [...row.cells].map((cell) => cell.textContent);
    return { day, values: values.map((text) => (text === "" ? null : Number(text))) };
  }),
});

// A figure with the name of a chart is drawn from the table of numbers that follows it.
for (const figure of document.querySelectorAll("figure[data-chart]")) {
  const numbers = numbersOf(figure.parentElement.querySelector("details table"));
  drawChart(figure, figure.dataset.chart, numbers, figure.dataset);
}
window.repoStats = { drawChart };
