/**
 * The home without a kernel: brings every `figure[data-figure]` of the page to life in place. The
 * figure's spec is the JSON in its script element; its tables and sentences, which are what is
 * read where no script runs, give way to the live figure, and its caption stays.
 */
import { createPageModel } from "./model.js";
import { registry } from "./registry.js";

/** @param {HTMLElement} figure */
function enliven(figure) {
  const create = registry[figure.dataset.figure ?? ""];
  const spec = figure.querySelector('script[type="application/json"]');
  if (!create || !spec || figure.dataset.live !== undefined) return;
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

// The book loads this script right after a page's first figure, so that a reader can use it before
// the rest of a long chapter has been read; the others follow when it has.
enlivenAll();
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", enlivenAll);
