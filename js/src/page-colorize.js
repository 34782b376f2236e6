/**
 * The figure colorize on a page: page.js loads this script where a page holds it, and what both
 * need comes from there (shared.js). Its photographs are a script of their own.
 */
import { create, name } from "./figures/colorize.js";
import { h } from "./ui/dom.js";

const figures = /** @type {any} */ (globalThis).cnnFigures;
// The build writes the figure's style in the place of its name.
const style = /** @type {any} */ (globalThis).OWN_STYLE;

/**
 * The photographs have arrived. Until then the figure's pictures and sentences stay.
 *
 * @param {any} carried
 */
figures.photographs = (carried) =>
  figures.add(
    {
      [name]: (/** @type {HTMLElement} */ root, /** @type {import("./model.js").Model} */ model) =>
        create(root, model, carried),
    },
    style,
  );
const own = /** @type {HTMLScriptElement} */ (document.currentScript).src;
document.head.append(h("script", { src: new URL("colorize-photographs.page.js", own) }));
