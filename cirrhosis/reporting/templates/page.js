"use strict";
// Tables are sorted by their headers. Gaps stay last in both directions.
document.querySelectorAll("table").forEach((table) => {
  const headers = table.querySelectorAll("thead th");
  const body = table.tBodies[0];
  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    header.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = header.getAttribute("aria-sort") !== "ascending";
      const keyed = [...body.rows].map((row) => [row.cells[column].dataset.sort, row]);
      const numeric = keyed.every(([key]) => !Number.isNaN(Number(key)));
      const compare = numeric
        ? (a, b) => Number(a) - Number(b)
        : (a, b) => a.localeCompare(b, "en", { numeric: true });
      keyed.sort(([a], [b]) => (!a || !b ? !a - !b : up ? compare(a, b) : compare(b, a)));
      headers.forEach((other) => other.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", up ? "ascending" : "descending");
      body.append(...keyed.map(([, row]) => row));
      [...body.rows].forEach((row) => row.classList.remove("group"));
    });
  });
});
