import { formatNumber, formatProduct, sumParts } from "../core/format.js";
import { h } from "./dom.js";

/** @typedef {import("../core/correlate.js").Term} Term */

/**
 * A sum written out with its numbers: the products in the shape of the kernel, the values that
 * they come to, and the total. Its text is a chain of equal expressions, "1·1 + 2·0 = 1 + 0 = 1".
 * Pointing at a product points at its weight.
 *
 * @param {object} options
 * @param {import("./cursor.js").Cursor} options.cursor
 * @param {string} options.view the grid whose cells the products stand for
 */
export function createFormula({ cursor, view }) {
  const products = h("span", { class: "cnn-formula-products" });
  const sum = h("span", { class: "cnn-formula-sum" });
  const total = h("output", { class: "cnn-formula-total" });
  const element = h(
    "div",
    { class: "cnn-formula" },
    products,
    h("span", { class: "cnn-formula-rest" }, " = ", sum, " = ", total),
  );
  /** @type {HTMLElement[]} */
  let productItems = [];
  /** @type {HTMLElement[]} */
  let sumItems = [];
  let columns = 0;

  element.addEventListener("pointerover", (event) => {
    const item = /** @type {HTMLElement} */ (event.target).closest("[data-index]");
    if (!item) return;
    const index = Number(/** @type {HTMLElement} */ (item).dataset.index);
    cursor.hover({ view, row: Math.floor(index / columns), column: index % columns });
  });
  element.addEventListener("pointerleave", () => cursor.hover(null));

  /** @param {number} count */
  const build = (count) => {
    productItems = Array.from({ length: count }, (_, index) =>
      h("span", { class: "cnn-term", "data-index": index }),
    );
    sumItems = Array.from({ length: count }, (_, index) =>
      h("span", { class: "cnn-part", "data-index": index }),
    );
    products.replaceChildren(
      ...productItems.map((item, index) =>
        h("span", { class: "cnn-term-box" }, index ? h("span", { class: "cnn-plus" }, " + ") : null, item),
      ),
    );
    // Spaces between the parts, not in them: that is where a long sum breaks.
    sum.replaceChildren(...sumItems.flatMap((item, index) => (index ? [" ", item] : [item])));
  };

  return {
    element,

    /**
     * @param {Term[]} list
     * @param {number} width columns of the kernel
     * @param {number} result
     */
    render(list, width, result) {
      if (list.length !== productItems.length) build(list.length);
      if (columns !== width) {
        columns = width;
        element.style.setProperty("--columns", String(columns));
        element.classList.toggle("is-wide", columns > 3);
      }
      const limit = Math.max(...list.map(({ product }) => Math.abs(product)));
      const parts = sumParts(list.map(({ product }) => product));
      list.forEach((term, index) => {
        const item = productItems[index];
        const text = formatProduct(term);
        if (item.textContent !== text) item.textContent = text;
        const { product } = term;
        item.classList.toggle("is-positive", product > 0);
        item.classList.toggle("is-negative", product < 0);
        item.style.setProperty("--tint", limit ? (Math.abs(product) / limit).toFixed(3) : "0");
        const part = (parts[index].sign + parts[index].text).trim();
        if (sumItems[index].textContent !== part) sumItems[index].textContent = part;
      });
      total.textContent = formatNumber(result);
    },

    /** @param {number | null} index the term to light, or none */
    mark(index) {
      element.querySelectorAll(".is-cursor").forEach((item) => item.classList.remove("is-cursor"));
      if (index === null) return;
      productItems[index]?.classList.add("is-cursor");
      sumItems[index]?.classList.add("is-cursor");
    },
  };
}
