/**
 * A trained network at work on a picture that the reader draws: every layer's maps, and of any unit
 * what it reads, product by product.
 */
import { formatNumber, formatProduct, pythonMatrix, sumParts } from "../core/format.js";
import { clamp, largest } from "../core/matrix.js";
import {
  build,
  equals,
  fieldOf,
  forward,
  layerNames,
  reads,
  report,
  softmax,
  softmaxText,
  stroke,
} from "../core/network.js";
import { createState } from "../model.js";
import { button, choice, number, select } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { append, h, s, setText, setVariable, uniqueId } from "../ui/dom.js";
import { createFormula } from "../ui/formula.js";
import { createGrid, numberCell } from "../ui/grid.js";
import { actions, band, controls, operator, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";

/** @typedef {import("../core/matrix.js").Matrix} Matrix */
/** @typedef {import("../core/network.js").Box} Box */
/** @typedef {import("../core/network.js").Unit} Unit */
/** @typedef {import("../ui/cursor.js").Target} Target */
/** @typedef {{row: number, column: number}} Place */
/** @typedef {{layer: number, unit: Unit}} At a unit of a layer; layer −1 is the picture */

export const name = "look-inside";

const most = { classes: 12, rows: 12, map: 999 };
/** Characters that a product has room for, so that nothing moves from one to the next. */
const longest = 12;
/** Drawn on the page's own surface; how opaque, says the value's share of the layer's largest. */
const inks = { negative: [150, 90, 200], positive: [34, 150, 84], paper: [255, 255, 255] };
const between = [128, 138, 150, 80];

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @param {any} [carried] the network that comes with the figure, and drawings to pick from
 * @returns {() => void}
 */
export function create(root, model, carried = model.get("carried")) {
  const live = createLive();
  const state = createState(model, ["image", "layer", "unit", "channel"], redraw);
  const cursor = createCursor(show);
  const own = typeof model.get("network") !== "string";
  /** @type {Matrix[]} */
  const samples = model.get("samples")?.length || own ? model.get("samples") : carried.drawings;
  const description = own ? model.get("network") : carried.network;
  const steps = build(description);
  const [, height, width] = steps[0].before;
  const count = steps.length;
  /** Where a pixel is much, the pen inks one at a time. */
  const byPixel = Math.min(height, width) < 12;
  const outputs = steps[count - 1].size;
  const classes = outputs[1] * outputs[2] === 1 && outputs[0] <= most.classes ? outputs[0] : 0;
  /** The layers that are drawn: flattening changes no number. */
  const drawn = steps.flatMap(({ type }, layer) => (type === "Flatten" ? [] : [layer]));
  const pages = drawn.filter((layer) => !classes || layer < count - 1);
  if (classes) drawn.push(count);

  let erasing = false;
  /** @type {Matrix | undefined} */
  let empty;
  /** @type {Matrix | undefined} the picture that `values` were computed from */
  let seen;
  /** @type {ArrayLike<number>[]} the picture and every layer's maps */
  let values = [];
  /** @type {number[]} */
  let chances = [];
  let view = read();

  function read() {
    const given = state.get("image");
    /** @type {Matrix | undefined} */
    const wanted = typeof given === "number" ? samples[given] : given;
    const image = wanted?.length === height && wanted[0].length === width ? wanted : (empty ??= blank());
    if (image !== seen) {
      seen = image;
      values = forward(steps, image);
      chances = softmax(values[count]);
    }
    const asked = state.get("layer") ?? 0;
    const layer = drawn.includes(asked) ? asked : drawn[0];
    return { image, at: legal({ layer, unit: state.get("unit") }), channel: state.get("channel") ?? 0 };
  }

  /** @returns {Matrix} */
  function blank() {
    return Array.from({ length: height }, () => /** @type {number[]} */ (new Array(width).fill(0)));
  }

  /** @param {number} layer */
  function sizeOf(layer) {
    return layer < 0 ? steps[0].before : steps[Math.min(layer, count - 1)].size;
  }

  /**
   * @param {At} at
   * @returns {At}
   */
  function legal({ layer, unit }) {
    const size = sizeOf(layer);
    return {
      layer,
      unit: /** @type {Unit} */ (size.map((side, axis) => clamp(unit?.[axis] ?? 0, 0, side - 1))),
    };
  }

  /** @param {At} at */
  function valueAt({ layer, unit }) {
    const [, rows, columns] = sizeOf(layer);
    if (layer === count) return chances[unit[0]];
    return values[layer + 1][(unit[0] * rows + unit[1]) * columns + unit[2]];
  }

  /** @param {number} layer */
  const nameOf = (layer) =>
    layer < 0
      ? "Picture"
      : layer === count
        ? "Softmax"
        : layerNames[/** @type {keyof typeof layerNames} */ (steps[layer].type)];

  /** @param {At} at */
  function placeOf({ layer, unit }) {
    const [maps, rows, columns] = sizeOf(layer);
    const parts = rows * columns > 1 ? [`row ${unit[1]}`, `column ${unit[2]}`] : [];
    if (maps > 1) parts.unshift(`${parts.length ? "map" : "number"} ${unit[0]}`);
    return parts.join(", ");
  }

  const hintId = uniqueId();

  /**
   * Maps side by side on one canvas, a pixel between them. Hovering, tapping and the arrow keys
   * point at units.
   *
   * @param {number} shown its layer; −1 is the picture
   * @param {{large?: boolean, onKey?: (key: string, unit: Unit) => boolean}} [options] `large`
   *   shows only the map of the unit that is explained
   */
  function createMaps(shown, { large = false, onKey } = {}) {
    let layer = shown;
    let map = 0;
    /** @type {Unit} where the keyboard is */
    let place = [0, 0, 0];
    const canvas = h("canvas", { class: "cnn-canvas", "aria-hidden": "true" });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const paths = ["reads", "output", "cursor"].map((kind) =>
      s("path", { class: `cnn-frame cnn-frame-${kind}` }),
    );
    const frame = h(
      "div",
      {
        class: "cnn-maps",
        role: "application",
        tabindex: 0,
        "aria-roledescription": shown < 0 && !large ? "picture" : "maps of a layer",
        "aria-describedby": hintId,
      },
      canvas,
    );
    const svg = s("svg", { class: "cnn-over", "aria-hidden": "true", preserveAspectRatio: "none" }, ...paths);
    frame.append(svg);
    const heading = h("span");
    const about = h("small");
    const element = h(
      "div",
      { class: "cnn-pane", "data-layer": large ? "large" : shown },
      h("p", { class: "cnn-pane-title" }, heading, about),
      frame,
    );

    /** How many maps stand side by side. */
    const layout = () => {
      const [maps, rows, columns] = sizeOf(layer);
      const across = large ? 1 : Math.min(maps, columns < 3 ? 16 : 8);
      return { maps: large ? 1 : maps, rows, columns, across, lines: Math.ceil((large ? 1 : maps) / across) };
    };

    /**
     * @param {number} index of a map
     * @returns {[row: number, column: number]}
     */
    const corner = (index) => {
      const { rows, columns, across } = layout();
      const nth = large ? 0 : index;
      return [Math.floor(nth / across) * (rows + 1), (nth % across) * (columns + 1)];
    };

    /**
     * @param {PointerEvent} event
     * @returns {Unit | null} null between two maps
     */
    const under = (event) => {
      const box = frame.getBoundingClientRect();
      const { maps, rows, columns, across, lines } = layout();
      const y = ((event.clientY - box.top) / box.height) * (lines * (rows + 1) - 1);
      const x = ((event.clientX - box.left) / box.width) * (across * (columns + 1) - 1);
      const [row, column] = [Math.floor(y % (rows + 1)), Math.floor(x % (columns + 1))];
      const index = Math.floor(y / (rows + 1)) * across + Math.floor(x / (columns + 1));
      if (y < 0 || x < 0 || row >= rows || column >= columns || index >= maps) return null;
      return [large ? map : index, row, column];
    };

    /** @param {Unit | null} unit */
    const target = (unit) => unit && { view: `${layer}/${unit[0]}`, row: unit[1], column: unit[2] };

    frame.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") cursor.hover(target(under(event)));
    });
    frame.addEventListener("pointerleave", () => cursor.hover(null));
    frame.addEventListener("click", (event) => {
      const unit = under(/** @type {PointerEvent} */ (event));
      if (!unit) return;
      place = unit;
      if (layer >= 0) pin({ layer, unit });
    });
    frame.addEventListener("focus", () => {
      if (large || view.at.layer === layer) place = view.at.unit;
      if (frame.matches(":focus-visible")) cursor.focus(target(place));
    });
    frame.addEventListener("blur", () => cursor.focus(null));
    frame.addEventListener("keydown", (event) => {
      if (event.altKey || event.metaKey) return;
      const { key } = event;
      const [maps, rows, columns] = sizeOf(layer);
      const [index, row, column] = place;
      const across = layout().across;
      // Past a map's edge the arrows go on in the next map; single units are all edge.
      /** @type {Record<string, Unit>} */
      const moves = {
        ArrowLeft: column ? [index, row, column - 1] : [index - 1, row, columns - 1],
        ArrowRight: column < columns - 1 ? [index, row, column + 1] : [index + 1, row, 0],
        ArrowUp: row ? [index, row - 1, column] : [index - across, rows - 1, column],
        ArrowDown: row < rows - 1 ? [index, row + 1, column] : [index + across, 0, column],
        PageUp: [index - 1, row, column],
        PageDown: [index + 1, row, column],
        Home: event.ctrlKey ? [0, 0, 0] : [index, row, 0],
        End: event.ctrlKey ? [maps - 1, rows - 1, columns - 1] : [index, row, columns - 1],
      };
      const next = moves[key];
      if (next) {
        if (next[0] >= 0 && next[0] < maps) place = next;
        if (layer >= 0) pin({ layer, unit: place }, 250);
        cursor.focus(target(place));
        if (layer < 0) say(`${placeOf({ layer, unit: place })}: ink ${formatNumber(valueAt({ layer, unit: place }))}.`, 250);
      } else if (key === "Escape") cursor.release();
      else if (!onKey?.(key, place)) return;
      event.preventDefault();
    });

    return {
      element,
      frame,
      about,
      /** @param {At} [at] of the large map */
      draw(at) {
        if (large && at) {
          layer = at.layer === count ? count - 1 : at.layer;
          [map] = at.unit;
        }
        const { maps, rows, columns, across, lines } = layout();
        const [w, l] = [across * (columns + 1) - 1, lines * (rows + 1) - 1];
        if (canvas.width !== w || canvas.height !== l) {
          Object.assign(canvas, { width: w, height: l });
          svg.setAttribute("viewBox", `0 0 ${w} ${l}`);
          setVariable(frame, "--ratio", w / l);
          setVariable(frame, "--maps", Math.min(across, 8));
        }
        const numbers = values[layer + 1];
        const limit = layer < 0 ? 1 : largest([Array.from(numbers)]) || 1;
        const picture = context.createImageData(w, l);
        for (let offset = 0; offset < picture.data.length; offset += 4) picture.data.set(between, offset);
        for (let index = 0; index < maps; index += 1) {
          const [top, left] = corner(index);
          let from = (large ? map : index) * rows * columns;
          for (let row = 0; row < rows; row += 1) {
            for (let column = 0; column < columns; column += 1, from += 1) {
              const value = numbers[from];
              const ink = inks[layer < 0 ? "paper" : value < 0 ? "negative" : "positive"];
              const offset = 4 * ((top + row) * w + left + column);
              picture.data.set(ink, offset);
              // Bent, so that small numbers are seen beside large ones.
              const share = Math.abs(value) / limit;
              picture.data[offset + 3] = Math.round(255 * (layer < 0 ? share : share ** 0.7));
            }
          }
        }
        context.putImageData(picture, 0, 0);
        const parameters = layer < 0 ? 0 : parametersOf(layer);
        setText(heading, large ? `${rows * columns > 1 ? "Map" : "Number"} ${map} of layer ${layer}` : `${layer < 0 ? "" : `${layer} `}${nameOf(layer)}`);
        const size = `${rows} × ${columns}`;
        setText(
          about,
          large || layer < 0
            ? size
            : `${sizeOf(layer)[0]} maps, ${size}${parameters ? ` · ${parameters.toLocaleString("en")} parameters` : ""}`,
        );
        frame.setAttribute("aria-label", `${heading.textContent}: ${about.textContent}`);
      },

      /**
       * Frames on these maps: what is read, the unit itself, and the one place of the cursor.
       *
       * @param {{maps: number[], box: Box} | null} read
       * @param {Unit | null} unit
       * @param {Unit | null} point
       */
      mark(read, unit, point) {
        const cell = (/** @type {Unit | null} */ at) =>
          at && { maps: [at[0]], box: { row: at[1], column: at[2], rows: 1, columns: 1 } };
        [read, cell(unit), cell(point)].forEach((list, index) => {
          const d = (list?.maps ?? []).map((each) => {
            if (large && each !== map) return "";
            const [top, left] = corner(each);
            const { row, column, rows, columns } = /** @type {{box: Box}} */ (list).box;
            return `M${left + column} ${top + row}h${columns}v${rows}h${-columns}z`;
          });
          paths[index].setAttribute("d", d.join(""));
        });
      },
    };
  }

  /** @param {number} layer */
  function parametersOf(layer) {
    return (steps[layer].weight?.length ?? 0) + steps[layer].bias.length;
  }

  const picture = createMaps(-1, {
    onKey: (key, [, row, column]) => {
      const erase = key === "Delete" || key === "Backspace";
      if (!erase && key !== "Enter" && key !== " ") return false;
      state.update({ image: inked({ row, column }, { row, column }, erase || erasing) });
      say(verdict(), 250);
      return true;
    },
  });
  const enlarged = createMaps(0, { large: true });
  const strips = pages.map((layer) => createMaps(layer));
  picture.frame.classList.add("cnn-paper");

  /**
   * @param {Place} from
   * @param {Place} to
   * @param {boolean} erase
   */
  function inked(from, to, erase) {
    return stroke(view.image, from, to, erase, byPixel ? 1 : undefined);
  }

  /** @type {Place | null} where the pen was last */
  let pen = null;
  /** @param {PointerEvent} event */
  const ink = (event) => {
    const box = picture.frame.getBoundingClientRect();
    const exact = (/** @type {number} */ at) => (byPixel ? Math.round(at) : at);
    const next = {
      row: exact(((event.clientY - box.top) / box.height) * height - 0.5),
      column: exact(((event.clientX - box.left) / box.width) * width - 0.5),
    };
    state.update({ image: inked(pen ?? next, next, erasing) });
    pen = next;
  };
  picture.frame.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    picture.frame.setPointerCapture(event.pointerId);
    ink(event);
  });
  picture.frame.addEventListener("pointermove", (event) => {
    if (pen) ink(event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    picture.frame.addEventListener(end, () => {
      if (pen) live.say(verdict());
      pen = null;
    });
  }

  const sampleChoice = choice({
    label: "Pick a picture",
    choices: samples.map((_, index) => ({ value: String(index), label: String(index) })),
    onInput: (value) => {
      state.update({ image: Number(value) });
      live.say(verdict());
    },
  });
  sampleChoice.element.hidden = !samples.length;
  const penChoice = choice({
    label: "Pen",
    choices: [
      { value: "draw", label: "Draw" },
      { value: "erase", label: "Erase" },
    ],
    onInput: (value) => {
      erasing = value === "erase";
    },
  });
  penChoice.set("draw");
  const clear = button({
    label: "Clear",
    icon: "remove",
    onPress: () => {
      state.update({ image: blank() });
      live.say("The picture is empty.");
    },
  });

  const layerSelect = select({
    label: "Layer",
    choices: drawn.map((layer) => ({ value: String(layer), label: `${layer} ${nameOf(layer)}` })),
    onInput: (value) => pin(legal({ layer: Number(value), unit: view.at.unit })),
  });
  const places = ["Map", "Row", "Column"].map((label, axis) =>
    number({
      label,
      min: 0,
      max: most.map,
      onInput: (value) => {
        const unit = /** @type {Unit} */ (view.at.unit.map((old, each) => (each === axis ? value : old)));
        pin(legal({ layer: view.at.layer, unit }));
      },
    }),
  );
  const classGrid = createGrid({
    view: "classes",
    caption: `Outputs of layer ${count - 1}, and softmax`,
    cursor,
    rulers: true,
    kind: "cnn-grid-classes",
    onPress: (row, column) => pin(ofClass({ row, column })),
  });
  classGrid.element.hidden = !classes;

  const windowGrid = createGrid({ view: "window", caption: "", cursor });
  const kernelGrid = createGrid({ view: "kernel", caption: "", cursor });
  const times = operator("⋆", "times");
  const formula = createFormula({ cursor, view: "kernel" });
  const plainText = h("p", { class: "cnn-report" });
  const parts = h("span");
  const bias = h("span");
  const total = h("strong", { class: "cnn-formula-total" });
  const sums = h("p", { class: "cnn-sums" }, parts, bias, " ", total);
  const title = h("p", { class: "cnn-band-title" });
  const hint = h("p", { class: "cnn-hint" });
  const explained = band(
    h("div", { class: "cnn-unit" }, title, layerSelect, ...places),
    h("div", { class: "cnn-sum" }, stage(windowGrid, times, kernelGrid), formula, plainText, sums),
    hint,
  );
  // Room for the largest sum: nothing below it moves with the cursor.
  setVariable(explained, "--tallest", Math.max(...steps.map(({ kernel }) => (kernel[0] > most.rows ? 0 : kernel[0]))));

  const reset = button({
    label: "Reset",
    icon: "reset",
    onPress: () => {
      erasing = false;
      penChoice.set("draw");
      state.reset();
      live.say("Reset.");
    },
  });
  const copy = copyAsPyTorch({ code, live });
  append(
    root,
    controls(sampleChoice, penChoice, clear),
    h(
      "div",
      { class: "cnn-inside" },
      h("div", { class: "cnn-left" }, picture, enlarged, classGrid),
      h("div", { class: "cnn-right" }, ...strips.map(({ element }) => element)),
    ),
    h(
      "p",
      { class: "cnn-how", id: hintId },
      "Draw with the mouse or a finger; with the keyboard, arrow keys move, Enter draws and Delete erases. Point at a unit of any map, press to keep it; with the keyboard, arrow keys move and Page Up and Down change the map. Green is positive, purple negative, blank is zero.",
    ),
    explained,
    actions(reset, copy.button),
    copy.field,
    live,
  );

  /**
   * @param {Place} place in the table of classes
   * @returns {At}
   */
  function ofClass({ row, column }) {
    return { layer: count - 1 + column, unit: [row, 0, 0] };
  }

  let speaking = 0;
  /**
   * @param {string} sentence
   * @param {number} patience milliseconds to wait for the next key before speaking
   */
  function say(sentence, patience) {
    clearTimeout(speaking);
    speaking = window.setTimeout(() => live.say(sentence), patience);
  }

  /**
   * @param {At} at
   * @param {number} [patience]
   */
  function pin(at, patience = 0) {
    state.update({ layer: at.layer, unit: at.unit });
    say(`${nameOf(at.layer)}, ${placeOf(at)}: ${formatNumber(valueAt(at))}.`, patience);
  }

  function verdict() {
    if (!classes) return "All layers are computed anew.";
    const best = chances.indexOf(Math.max(...chances));
    return `Most probable: ${best}, with probability ${formatNumber(chances[best])}.`;
  }

  function redraw() {
    const before = seen;
    view = read();
    if (before !== seen || !title.textContent) {
      picture.draw();
      for (const strip of strips) strip.draw();
      const limit = largest([Array.from(values[count])]);
      if (classes) {
        classGrid.render(classes, 2, (row, column) =>
          column ? { text: formatNumber(chances[row]) } : numberCell(values[count][row], limit),
        );
        classGrid.setRulers(String, (column) => ["Output", "Softmax"][column]);
        chances.forEach((chance, row) => setVariable(classGrid.table.rows[row + 1].cells[2], "--chance", chance));
      }
      const given = state.get("image");
      sampleChoice.set(String(given));
    }
    const { layer, unit } = view.at;
    layerSelect.set(String(layer));
    sizeOf(layer).forEach((side, axis) => {
      places[axis].limit(0, side - 1);
      places[axis].set(unit[axis]);
      places[axis].input.disabled = side < 2;
    });
    classGrid.select(layer >= count - 1 && classes ? { row: unit[0], column: layer - count + 1 } : null);
    copy.stale();
    show(cursor.target);
  }

  /**
   * Shows the unit that is pointed at, or else the one that is kept; and the term that is.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const [level, index] = target?.view.split("/") ?? [];
    /** @type {At | null} */
    const hovered =
      target === null
        ? null
        : index !== undefined
          ? { layer: Number(level), unit: [Number(index), target.row, target.column] }
          : target.view === "classes"
            ? ofClass(target)
            : null;
    const at = hovered && hovered.layer >= 0 ? legal(hovered) : view.at;
    const { layer, unit } = at;
    const step = steps[Math.min(layer, count - 1)];
    const isSoftmax = layer === count;
    const channels = isSoftmax ? [] : reads(step, values[layer], unit);
    const channel = clamp(view.channel, 0, channels.length - 1);
    const map = step.weight ? channel : unit[0];
    const terms = channels[channel]?.terms ?? [];
    const [rows, columns] = step.kernel;

    // Flattening changes no number: its maps are those of the layer below.
    const below = pages.findLast((each) => each < layer) ?? -1;

    /** @type {number | null} the term that is pointed at, in the window, its weights or the picture */
    let lit = null;
    if (target && !hovered) lit = target.row * columns + target.column;
    if (hovered && hovered.layer < 0 && layer === 0) {
      lit = terms.findIndex(({ row, column }) => row === target?.row && column === target?.column);
    }
    const term = terms[lit ?? -1];
    const lights = term ? [{ row: term.weightRow, column: term.weightColumn }] : [];

    setText(title, `Layer ${layer}, ${nameOf(layer)}: ${placeOf(at)}`);
    const gridded = terms.length > 0 && Math.max(rows, columns) <= most.rows;
    windowGrid.element.hidden = !gridded;
    kernelGrid.element.hidden = times.hidden = !gridded || !step.weight;
    formula.element.hidden = !step.weight || isSoftmax;
    plainText.hidden = !formula.element.hidden;
    if (gridded) {
      const each = (/** @type {number} */ row, /** @type {number} */ column) => terms[row * columns + column];
      const limit = largest([terms.map(({ value }) => value)]);
      windowGrid.setCaption(below < 0 ? "Picture" : `Map ${map} of layer ${below}`);
      windowGrid.render(rows, columns, (row, column) => ({
        ...numberCell(each(row, column).value, limit),
        kind: each(row, column).inside ? "" : "is-padding",
      }));
      windowGrid.mark("cursor", lights);
      if (step.weight) {
        const heaviest = largest([terms.map(({ weight }) => weight)]);
        kernelGrid.setCaption("Weights");
        kernelGrid.render(rows, columns, (row, column) => numberCell(each(row, column).weight, heaviest));
        kernelGrid.mark("cursor", lights);
      }
    }
    const value = valueAt(at);
    sums.hidden = true;
    if (isSoftmax) setText(plainText, softmaxText(values[count], unit[0]));
    else if (!step.weight) setText(plainText, report(step.type, terms, columns, value));
    else {
      const { sum } = channels[channel];
      const sign = equals(...terms.flatMap((each) => [each.value, each.weight, each.product]), sum);
      formula.render(terms, columns, sum, Math.max(longest, ...terms.map((each) => formatProduct(each).length)), sign);
      formula.mark(term ? lit : null);
      writeSums(channels.map((each) => each.sum), step.bias[unit[0]], channel, value);
    }

    const outside = terms.filter(({ inside }) => !inside).length;
    const field = fieldOf(steps.slice(0, Math.min(layer + 1, count)), unit);
    setText(
      hint,
      `It sees ${span("row", field.row, field.rows)} and ${span("column", field.column, field.columns)} of the picture` +
        `${outside ? `; ${outside} of these ${terms.length} values are padding` : ""}. ` +
        (channels.length > 1
          ? "It reads every map of the layer below: press an addend of the last line to see its products."
          : isSoftmax
            ? "All outputs are compared: their shares add up to 1."
            : ""),
    );

    const start = terms[0];
    const read = start && {
      maps: step.weight ? channels.map((_, index) => index) : [unit[0]],
      box: {
        row: start.row,
        column: start.column,
        rows: terms[terms.length - 1].row - start.row + 1,
        columns: terms[terms.length - 1].column - start.column + 1,
      },
    };
    /** @type {Unit | null} */
    const point = term?.inside ? [map, term.row, term.column] : null;
    picture.mark(
      { maps: [0], box: field },
      null,
      hovered?.layer === -1 ? hovered.unit : below < 0 ? point : null,
    );
    setText(
      picture.about,
      hovered?.layer === -1
        ? `${placeOf(hovered)}: ink ${formatNumber(valueAt(hovered))}`
        : `${height} × ${width}`,
    );
    strips.forEach((strip, index) => {
      const each = pages[index];
      strip.mark(each === below ? read : null, each === layer ? unit : null, each === below ? point : null);
    });
    enlarged.draw(at);
    enlarged.mark(null, isSoftmax ? null : unit, null);
  }

  /**
   * The sums of the channels, each a button that shows its products, the bias, and the total.
   *
   * @param {number[]} list
   * @param {number | undefined} offset
   * @param {number} channel whose products are shown
   * @param {number} value
   */
  function writeSums(list, offset, channel, value) {
    sums.hidden = list.length < 2 && !offset;
    while (parts.children.length > list.length) parts.lastChild?.remove();
    while (parts.children.length < list.length) {
      const index = parts.children.length;
      parts.append(
        h("button", {
          type: "button",
          class: "cnn-addend",
          onclick: () => {
            state.update({ channel: index });
            live.say(`Map ${index}: ${formatNumber(reads(steps[view.at.layer], values[view.at.layer], view.at.unit)[index].sum)}.`);
          },
        }),
      );
    }
    sumParts([...list, offset ?? 0]).forEach(({ sign, text }, index) => {
      const part = parts.children[index] ?? bias;
      setText(part, sign + text);
      if (part === bias) return;
      part.setAttribute("aria-pressed", String(index === channel));
      part.setAttribute("aria-label", `map ${index}: ${sign}${text}`);
    });
    if (!offset) setText(bias, "");
    setText(total, `${equals(...list, value)} ${formatNumber(value)}`);
  }

  /**
   * @param {string} axis
   * @param {number} first
   * @param {number} many
   */
  function span(axis, first, many) {
    return many > 1 ? `${axis}s ${first} to ${first + many - 1}` : `${axis} ${first}`;
  }

  /** A program that builds the network, gives it the weights and shows it the picture. */
  function code() {
    const tuple = (/** @type {number[]} */ pair) => `(${pair.join(", ")})`;
    const modules = steps.map(({ type, kernel, stride, padding, dilation, before, size, bias: offsets }) => {
      const settings = `bias=${offsets.length ? "True" : "False"}`;
      const given = {
        Conv2d: `${before[0]}, ${size[0]}, ${tuple(kernel)}, ${tuple(stride)}, ${tuple(padding)}, ${tuple(dilation)}, ${settings}`,
        Linear: `${before[0] * before[1] * before[2]}, ${size[0]}, ${settings}`,
        ...(type.endsWith("Pool2d") ? { [type]: `${tuple(kernel)}, ${tuple(stride)}` } : {}),
      };
      return `    nn.${type}(${given[/** @type {"Linear"} */ (type)] ?? ""}),`;
    });
    return [
      "import torch",
      "from torch import nn",
      ...(own ? [] : ["", "from cnncourse.data import results"]),
      "",
      own
        ? `layers = ${JSON.stringify(description.layers)}`
        : 'layers = results("look_inside")["network"]["layers"]',
      "network = nn.Sequential(",
      ...modules,
      ").double()",
      "for module, layer in zip(network, layers):",
      "    for name, parameter in module.named_parameters():",
      "        parameter.data = torch.tensor(layer[name], dtype=torch.float64)",
      `image = torch.tensor(${pythonMatrix(view.image)}, dtype=torch.float64)`,
      "output = network(image[None, None])",
      classes ? "print(output.softmax(1))" : "print(output)",
      "",
    ].join("\n");
  }

  redraw();
  return () => {
    clearTimeout(speaking);
    copy.dispose();
    state.dispose();
    root.replaceChildren();
  };
}
