/**
 * The home in a notebook: anywidget calls `render` once for every view of a widget.
 *
 * @param {Record<string, import("./registry.js").FigureModule["create"]>} registry
 */
export const widget = (registry) => ({
  /**
   * @param {{model: import("./model.js").Model, el: HTMLElement}} context
   * @returns {() => void} clean-up
   */
  render({ model, el }) {
    const name = model.get("figure");
    const create = registry[name];
    if (!create) throw new Error(`There is no figure named ${name}`);
    const figure = document.createElement("figure");
    figure.className = "cnn-figure";
    figure.dataset.figure = name;
    // Without this, a digit typed into a grid would reach JupyterLab's shortcuts: "1" makes the cell
    // a heading, "d d" deletes it.
    figure.dataset.lmSuppressShortcuts = "true";
    const root = document.createElement("div");
    root.className = "cnn-live";
    const caption = document.createElement("figcaption");
    const showCaption = () => {
      caption.textContent = model.get("caption") ?? "";
      caption.hidden = !caption.textContent;
    };
    showCaption();
    model.on("change:caption", showCaption);
    figure.append(root, caption);
    el.append(figure);
    const dispose = create(root, model);
    figure.dataset.live = "";
    return () => {
      model.off("change:caption", showCaption);
      dispose();
      figure.remove();
    };
  },
});
