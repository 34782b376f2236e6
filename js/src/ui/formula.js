import { formatNumber, formatProduct, sumParts } from "../core/format.js";
import { h, setText, setVariable } from "./dom.js";
import { tintColor } from "./tint.js";

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
  // No output element: that would be a live region, and speak with every move of the cursor.
  const total = h("strong", { class: "cnn-formula-total" });
  const [before, after] = [h("span"), h("span")];
  const element = h(
    "div",
    { class: "cnn-formula" },
    products,
    h("span", { class: "cnn-formula-rest" }, before, sum, " ", h("span", { class: "cnn-formula-end" }, after, total)),
  );
  /** @type {HTMLElement[]} */
  let productItems = [];
  /** @type {HTMLElement[]} */
  let sumItems = [];
  /** @type {string[]} the colors shown */
  let shown = [];
  /** @type {HTMLElement[]} */
  const marked = [];
  let columns = 0;
  let room = 0;

  element.addEventListener("pointerover", (event) => {
    const item = /** @type {HTMLElement} */ (event.target).closest("[data-index]");
    if (!item) return;
    const index = Number(/** @type {HTMLElement} */ (item).dataset.index);
    cursor.hover({ view, row: Math.floor(index / columns), column: index % columns });
  });
  element.addEventListener("pointerleave", () => cursor.hover(null));

  /** @param {number} count */
  const build = (count) => {
    shown = [];
    productItems = Array.from({ length: count }, (_, index) =>
      h("span", { class: "cnn-term", "data-index": index }),
    );
    sumItems = Array.from({ length: count }, (_, index) =>
      h("span", { class: "cnn-part", "data-index": index }),
    );
    products.replaceChildren(
      ...spaced(
        productItems.map((item, index) =>
          h(
            "span",
            { class: "cnn-term-box" },
            index ? h("span", { class: "cnn-plus" }, "+ ") : null,
            item,
          ),
        ),
      ),
    );
    sum.replaceChildren(...spaced(sumItems));
  };

  return {
    element,

    /**
     * @param {Term[]} list
     * @param {number} width columns of the kernel
     * @param {number} result
     * @param {number} [longest] characters of the longest product that the figure can show now, so
     *   that nothing moves from one position to the next
     * @param {string} [sign] another one where numbers are not exactly what is printed
     */
    render(list, width, result, longest = longestText(list), sign = "=") {
      if (list.length !== productItems.length) build(list.length);
      if (longest !== room) {
        room = longest;
        element.style.setProperty("--term", `${longest}ch`);
      }
      if (columns !== width) {
        columns = width;
        setVariable(element, "--columns", columns);
        // Aligned in columns each product is laid out by itself, which costs more than a flowing
        // line; and dozens of them are not read column by column anyway.
        element.classList.toggle("is-wide", columns > 3);
        element.classList.toggle("is-flowing", columns > 5);
      }
      const limit = Math.max(...list.map(({ product }) => Math.abs(product)));
      const parts = sumParts(list.map(({ product }) => product));
      list.forEach((term, index) => {
        const text = formatProduct(term);
        const part = (parts[index].sign + parts[index].text).trim();
        const color = tintColor(limit ? term.product / limit : 0);
        setText(productItems[index], text);
        setText(sumItems[index], part);
        if (shown[index] !== color) productItems[index].style.backgroundColor = color;
        shown[index] = color;
      });
      setText(before, ` ${sign} `);
      setText(after, `${sign} `);
      setText(total, formatNumber(result));
    },

    /** @param {number | null} index the term to light, or none */
    mark(index) {
      for (const item of marked.splice(0)) item.classList.remove("is-cursor");
      if (index === null || !productItems[index]) return;
      marked.push(productItems[index], sumItems[index]);
      for (const item of marked) item.classList.add("is-cursor");
    },
  };
}

/**
 * Spaces between the items, not in them: that is where a long sum breaks.
 *
 * @param {HTMLElement[]} items
 * @returns {(HTMLElement | string)[]}
 */
const spaced = (items) => items.flatMap((item, index) => (index ? [" ", item] : [item]));

/** @param {Term[]} list */
const longestText = (list) => Math.max(...list.map((term) => formatProduct(term).length));
