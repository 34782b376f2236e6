/**
 * The large figures on a page: page.js loads this script where a page holds one of them, and what
 * both need comes from there (shared.js).
 */
import { create, name } from "./figures/look-inside.js";
import { registry } from "./registry-large.js";
import { h } from "./ui/dom.js";

const figures = /** @type {any} */ (globalThis).cnnFigures;
// The build writes the large figures' style in the place of its name.
const style = /** @type {any} */ (globalThis).LARGE_STYLE;
const { [name]: _waits, ...others } = registry;
figures.add(others, style);

/**
 * The network that look-inside carries has arrived: a script of its own, which only a page with
 * that figure loads. Until then its tables stay.
 *
 * @param {any} carried
 */
figures.network = (carried) =>
  figures.add(
    {
      [name]: (/** @type {HTMLElement} */ root, /** @type {import("./model.js").Model} */ model) =>
        create(root, model, carried),
    },
    "",
  );
const own = /** @type {HTMLScriptElement} */ (document.currentScript).src;
const askForNetwork = () => {
  if (document.querySelector(`[data-figure="${name}"]`)) {
    document.head.append(h("script", { src: new URL("look-inside.page.js", own) }));
  }
};
// Another large figure may have called for this script long before the page is read to its end.
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", askForNetwork);
else askForNetwork();
