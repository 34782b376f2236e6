/* What the book's pages add to the theme's script: keyboard access to what scrolls sideways, a
   notebook menu that closes when the reader goes elsewhere, and light colors on paper. */
(() => {
  "use strict";

  const scrollers = ".formula, .bd-article pre, .pst-scrollable-table-container, .cell_output .output";

  /** Let the keyboard reach what does not fit, and nothing else. */
  function markScrollers() {
    // Measure all, then change all: a page in between would be laid out again for each.
    const measured = [...document.querySelectorAll(scrollers)].map((element) => ({
      element,
      scrolls: element.scrollWidth > element.clientWidth + 1,
    }));
    for (const { element, scrolls } of measured) {
      if (scrolls) {
        element.tabIndex = 0;
      } else {
        element.removeAttribute("tabindex");
      }
    }
  }

  /** Close the notebook menu on Escape, and when the focus or the pointer goes elsewhere. */
  function closeMenus() {
    const menu = document.querySelector("details.notebook-menu");
    if (!menu) {
      return;
    }
    const closeOutside = (event) => {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    };
    document.addEventListener("pointerdown", closeOutside);
    document.addEventListener("focusin", closeOutside);
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
  }

  /** Print dark pages with the light theme's colors: paper is white. */
  function printLight() {
    const page = document.documentElement;
    let shown = page.dataset.theme;
    window.addEventListener("beforeprint", () => {
      shown = page.dataset.theme;
      page.dataset.theme = "light";
    });
    window.addEventListener("afterprint", () => {
      page.dataset.theme = shown;
    });
  }

  closeMenus();
  printLight();
  if (document.readyState === "complete") {
    markScrollers();
  } else {
    window.addEventListener("load", markScrollers);
  }
  window.addEventListener("resize", markScrollers);
})();
