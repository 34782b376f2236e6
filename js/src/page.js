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
/** Figures with a script of their own; all others that are not among these share one. */
/** @type {Record<string, string>} */
const scripts = { colorize: "colorize" };
/** @type {Set<string>} */
const asked = new Set();
/** @type {WeakSet<HTMLElement>} */
const tried = new WeakSet();

/** @param {HTMLElement} figure */
function enliven(figure) {
  const name = figure.dataset.figure ?? "";
  const create = registry[name];
  const spec = figure.querySelector('script[type="application/json"]');
  if (!spec || tried.has(figure)) return;
  if (!create) {
    askFor(scripts[name] ?? "figures-large");
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
    console.error(`The figure ${name} stays as text:`, error);
  }
}

function enlivenAll() {
  for (const figure of document.querySelectorAll("figure[data-figure]")) {
    enliven(/** @type {HTMLElement} */ (figure));
  }
}

/**
 * A figure that is not among these is in another script, beside this one. A script element, because
 * that works from `file://` too. If it does not come, the tables stay.
 *
 * @param {string} script
 */
function askFor(script) {
  if (asked.has(script) || !own) return;
  asked.add(script);
  const element = document.createElement("script");
  element.src = new URL(`${script}.page.js`, own).href;
  document.head.append(element);
}

/** @type {any} */ (globalThis).cnnFigures = {
  shared,

  /**
   * The figures of another script have arrived.
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
