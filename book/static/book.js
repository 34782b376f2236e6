/* What the book's pages add to the theme's script: keyboard access to what scrolls sideways, a
   notebook menu that closes when the reader goes elsewhere, light colors on paper, and the way to a
   chapter on the map of the course. */
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

  /** Show what a chapter needs: its boxes and lines light up, and a sentence adds the times. */
  function showWays() {
    const map = document.querySelector(".course-map");
    if (!map) {
      return;
    }
    const chapters = [...map.querySelectorAll("[data-chapter]")];
    const byNumber = new Map(chapters.map((item) => [item.dataset.chapter, item]));
    const name = (item) =>
      `${item.dataset.chapter} ${item.querySelector(".course-map-title").textContent}`;
    const goal = document.createElement("select");
    goal.append(new Option("choose a chapter", ""));
    goal.append(...chapters.map((item) => new Option(name(item), item.dataset.chapter)));
    const label = document.createElement("label");
    label.append("The way to ", goal);
    const way = document.createElement("span");
    way.setAttribute("role", "status");
    const line = document.createElement("p");
    line.className = "course-map-way";
    line.append(label, " ", way);
    map.after(line);

    const sentence = (item, needs) => {
      const minutes = [...needs, item].map((step) => Number(step.dataset.minutes));
      const hours = minutes.reduce((sum, each) => sum + each, 0) / 60;
      const before = needs.length
        ? `passes ${needs.map((step) => step.dataset.chapter).join(", ")}`
        : "begins right there";
      return `${before}: about ${Math.round(hours * 2) / 2} hours in all.`;
    };

    /** @param {string} number a chapter's, or "" for none */
    const show = (number) => {
      const item = byNumber.get(number);
      const needs = item ? item.dataset.needs.split(" ").filter(Boolean) : [];
      const lit = new Set(item ? [...needs, number] : []);
      for (const [other, element] of byNumber) {
        element.classList.toggle("is-on", lit.has(other) && other !== number);
        element.classList.toggle("is-goal", other === number);
      }
      for (const path of map.querySelectorAll("path")) {
        path.classList.toggle("is-on", lit.has(path.dataset.from) && lit.has(path.dataset.to));
      }
      way.textContent = item ? sentence(item, needs.map((need) => byNumber.get(need))) : "";
      goal.value = number;
    };
    goal.addEventListener("change", () => show(goal.value));
    for (const item of chapters) {
      for (const kind of ["pointerenter", "focusin"]) {
        item.addEventListener(kind, () => show(item.dataset.chapter));
      }
    }
  }

  closeMenus();
  printLight();
  showWays();
  if (document.readyState === "complete") {
    markScrollers();
  } else {
    window.addEventListener("load", markScrollers);
  }
  window.addEventListener("resize", markScrollers);
})();
