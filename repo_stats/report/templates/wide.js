// A table that is wider than its place says that there is more to the right, until one is there.
for (const place of document.querySelectorAll(".wide")) {
  const note = document.createElement("span");
  note.className = "more";
  note.textContent = "More columns to the right \u2192";
  note.hidden = true;
  place.before(note);
  const look = () => {
    note.hidden = place.scrollWidth - place.clientWidth < 2;
    // At the right end it keeps its place, so that nothing jumps.
    note.style.visibility = place.scrollWidth - place.clientWidth - place.scrollLeft < 2 ? "hidden" : "";
  };
  place.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(place);
}
