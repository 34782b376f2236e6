/**
 * The home without a kernel: brings every `figure[data-figure]` of the page to life in place. The
 * figure's spec is the JSON in its script element; its tables and sentences, which are what is
 * read where no script runs, give way to the live figure, and its caption stays.
 */
import { createPageModel } from "./model.js";
import { registry } from "./registry.js";
import * as shared from "./shared.js";

// Known only while this script runs.
const own = /** @type {HTMLScriptElement | null} */ (document.currentScript)?.src;
let asked = false;
/** @type {WeakSet<HTMLElement>} */
const tried = new WeakSet();

/** @param {HTMLElement} figure */
function enliven(figure) {
  const create = registry[figure.dataset.figure ?? ""];
  const spec = figure.querySelector('script[type="application/json"]');
  if (!spec || tried.has(figure)) return;
  if (!create) {
    askForLarge();
    return;
  }
  tried.add(figure);
  const root = document.createElement("div");
  root.className = "cnn-live";
  figure.prepend(root);
  try {
    create(root, createPageModel(JSON.parse(spec.textContent ?? "{}")));
    figure.querySelector(".cnn-reading")?.remove();
    figure.dataset.live = "";
  } catch (error) {
    // The tables are still there and say everything: a broken figure must not take them away.
    root.remove();
    console.error(`The figure ${figure.dataset.figure} stays as text:`, error);
  }
}

function enlivenAll() {
  for (const figure of document.querySelectorAll("figure[data-figure]")) {
    enliven(/** @type {HTMLElement} */ (figure));
  }
}

/**
 * A figure that is not among these is among the large ones: their script lies beside this one. A
 * script element, because that works from `file://` too. If it does not come, the tables stay.
 */
function askForLarge() {
  if (asked || !own) return;
  asked = true;
  const script = document.createElement("script");
  script.src = new URL("figures-large.page.js", own).href;
  document.head.append(script);
}

/** @type {any} */ (globalThis).cnnFigures = {
  shared,

  /**
   * The large figures have arrived.
   *
   * @param {typeof registry} figures
   * @param {string} style
   */
  add(figures, style) {
    Object.assign(registry, figures);
    const element = document.createElement("style");
    element.textContent = style;
    document.head.append(element);
    enlivenAll();
  },
};

// The book loads this script right after a page's first figure, so that a reader can use it before
// the rest of a long chapter has been read; the others follow when it has.
enlivenAll();
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", enlivenAll);
