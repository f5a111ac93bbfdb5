"use strict";
// What a page without scripts cannot do: figures that answer to the pointer and fit a phone, rows that can be
// searched, and a sign of what goes on beyond the edge.
// Text from data is only ever set as text.

const PHONE = 500; // pixels
const given = JSON.parse(document.getElementById("data").textContent);

// Names along an axis, cut where there is no room for them.
function shortened(part) {
  if (part?.axis?.labelLimit) part.axis.labelLimit = Math.min(part.axis.labelLimit, 150);
  for (const inner of Object.values(part)) if (inner && typeof inner === "object") shortened(inner);
}

// On a phone: panels below each other, narrower by what the figure is too wide.
function narrowed(figure, excess) {
  shortened(figure);
  for (const panel of figure.concat ?? [figure]) panel.width = Math.max(120, panel.width - excess);
  if (figure.concat) figure.columns = 1;
  figure.config.legend.columns = excess ? 1 : 2;
  return figure;
}

async function draw(fresh, figure, options, room) {
  await vegaEmbed(fresh, room < PHONE ? narrowed(figure, 0) : figure, options);
  const excess = fresh.querySelector("svg").viewBox.baseVal.width - room;
  if (room < PHONE && excess > 0) await vegaEmbed(fresh, narrowed(figure, excess), options);
}

// Figures: the drawing that is there stays until the live one stands.
const dark = matchMedia("(prefers-color-scheme: dark)");
const watch = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) {
    if (!isIntersecting) continue;
    watch.unobserve(target);
    const fresh = document.createElement("div");
    const options = { ast: true, actions: false, renderer: "svg", tooltip: { theme: dark.matches ? "dark" : "light" } };
    draw(fresh, given.figures[target.dataset.figure], options, target.parentElement.clientWidth).then(() => {
      fresh.querySelector("svg").setAttribute("aria-hidden", "true");
      target.replaceChildren(fresh);
      target.dataset.live = "yes";
    });
  }
}, { rootMargin: "200px" });
for (const drawing of document.querySelectorAll(".drawing")) watch.observe(drawing);

// Rows.
const PAGE = 20;

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== null) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function browse(section) {
  const { filters, values, columns, texts, rows } = given.browsers[section.dataset.browser];
  const form = section.querySelector("form"), body = section.querySelector("tbody");
  const status = section.querySelector("[role=status]");
  const [back, on] = section.querySelectorAll(".turner button");
  const lower = rows.map((row) => row.slice(filters.length).join(" \u0000 ").toLowerCase());
  let first = 0, found = [];

  const selects = filters.map((name, at) => {
    const select = element("select", null, { name });
    select.append(element("option", "any", { value: "" }));
    values[at].forEach((value, place) => select.append(element("option", value, { value: place })));
    const label = element("label", name);
    label.append(select);
    if (values[at].length > 1) form.append(label);
    return select;
  });
  const search = element("input", null, { type: "search", name: "search" });
  const label = element("label", "search");
  label.append(search);
  form.append(label);

  function choose() {
    const wanted = selects.map((select) => (select.value === "" ? -1 : Number(select.value)));
    const words = search.value.toLowerCase();
    found = rows.flatMap((row, at) =>
      wanted.every((place, of) => place < 0 || row[of] === place) && lower[at].includes(words) ? [at] : []);
    first = 0;
    show();
  }

  function show() {
    body.replaceChildren(...found.slice(first, first + PAGE).map((at) => {
      const line = element("tr", null, { role: "row" });
      rows[at].forEach((cell, of) => {
        const isFilter = of < filters.length, column = of - filters.length;
        if (isFilter && values[of].length < 2) return;
        const kind = isFilter ? "kind" : column < texts ? "text" : "more";
        const name = isFilter ? filters[of] : columns[column];
        const shown = isFilter ? values[of][cell] : cell;
        line.append(element("td", shown, { role: "cell", class: kind, "data-name": name }));
      });
      return line;
    }));
    const last = Math.min(first + PAGE, found.length);
    status.textContent = found.length
      ? `${first + 1} to ${last} of ${found.length.toLocaleString("en")}` : "Nothing fits these choices.";
    back.disabled = first === 0;
    on.disabled = last === found.length;
  }

  const head = element("tr", null, { role: "row" });
  const names = [...filters.filter((_, at) => values[at].length > 1), ...columns];
  head.append(...names.map((name) => element("th", name, { scope: "col", role: "columnheader" })));
  section.querySelector("thead").replaceChildren(head);
  form.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", choose);
  form.addEventListener("change", choose);
  back.addEventListener("click", () => { first -= PAGE; show(); });
  on.addEventListener("click", () => { first += PAGE; show(); });
  section.hidden = false;
  choose();
}
for (const section of document.querySelectorAll(".browser")) browse(section);

// What goes on to the right fades there.
for (const box of document.querySelectorAll(".scroll")) {
  const look = () => box.toggleAttribute("data-more", box.scrollWidth - box.clientWidth - box.scrollLeft > 2);
  const resized = new ResizeObserver(look);
  for (const one of [box, box.firstElementChild]) resized.observe(one);
  box.addEventListener("scroll", look, { passive: true });
}
