/**
 * The kernel bench: a photograph, a kernel to choose or to write, the filtered picture beside it,
 * and a lens over both that shows the patch, the weights and their sum.
 */
import { terms } from "../core/correlate.js";
import { longestProduct } from "../core/format.js";
import {
  LARGEST_DIVISOR,
  LARGEST_WEIGHT,
  beyondScale,
  clipped,
  crossCorrelate,
  decimal,
  division,
  divergingScale,
  drawnAs,
  ends,
  equals,
  extent,
  fittingDisplay,
  level,
  patchAt,
  presetOf,
  program,
  resized,
  sumMeaning,
  total,
  whole,
} from "../core/kernels.js";
import { largest, replaced } from "../core/matrix.js";
import { fittedSize, grayOf, refusal } from "../core/photo.js";
import { createState } from "../model.js";
import { button, checkbox, choice, number, select } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { append, h, setText, uniqueId } from "../ui/dom.js";
import { createFormula } from "../ui/formula.js";
import { createGrid, numberCell } from "../ui/grid.js";
import { actions, band, controls, operator, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";
import { createPicture } from "../ui/picture.js";

/** @typedef {import("../core/kernels.js").Kernel} Kernel */
/** @typedef {import("../core/kernels.js").Preset} Preset */
/** @typedef {import("../core/kernels.js").Picture} Picture */
/** @typedef {import("../core/kernels.js").Display} Display */
/** @typedef {import("../ui/picture.js").Place} Place */
/** @typedef {import("../ui/cursor.js").Target} Target */

/**
 * @typedef {object} Photograph
 * @property {string} name
 * @property {string} label
 * @property {string} alt
 * @property {string} [credit]
 * @property {string} src a data: URL, or empty for the reader's own
 * @property {[number, number]} lens
 * @property {string} [source] Python that loads it
 * @property {number} [factor] how many of its pixels are averaged to one, in each direction
 */

export const name = "kernel-bench";

const OWN_KERNEL = "own";
const OWN_PICTURE = "own-picture";
const palette = divergingScale();
const grays = palette.map((_, shade) => [shade, shade, shade]);
/** Of results that the scale cannot show, where the reader asks to see them. */
const MARKS = { below: [64, 140, 255], above: [255, 106, 26] };

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const live = createLive();
  const state = createState(model, ["photograph", "kernel", "divisor", "display", "lens"], redraw);
  const cursor = createCursor(showTerm);
  /** @type {Preset[]} */
  const presets = model.get("presets");
  /** @type {Photograph[]} */
  const photographs = model.get("photographs");
  /** @type {Map<string, Picture>} */
  const pictures = new Map();
  /** The reader's own picture. It is no part of the model: it stays in this page. */
  let own = /** @type {Photograph | null} */ (null);
  let mine = own;
  let disposed = false;
  /** @type {Place | null} */
  let hovered = null;
  let marking = false;

  /** What the reader sees, worked out once for each change of picture, kernel or display. */
  let drawn = {
    photograph: photographs[0],
    picture: /** @type {Picture} */ ({ width: 1, height: 1, data: new Uint8Array(1) }),
    kernel: /** @type {Kernel} */ ({ weights: [[1]], divisor: 1 }),
    display: /** @type {Display} */ ("clip"),
    sums: /** @type {import("../core/kernels.js").Sums} */ ({ width: 1, height: 1, data: new Int32Array(1) }),
    farthest: 0,
    longest: 1,
    key: "",
    canvasKey: "",
  };

  const hintId = uniqueId();
  const lensEvents = {
    describe: hintId,
    place,
    onHover: (/** @type {Place | null} */ at) => {
      hovered = at && inside(at);
      look();
    },
    onPin: (/** @type {Place} */ at) => pin(at),
    onMove: (/** @type {Place} */ at) => pin(at, 250),
    onRelease: () => {
      hovered = null;
      look();
    },
  };
  const photo = createPicture({ title: "Picture", ...lensEvents });
  const filtered = createPicture({ title: "Filtered", ...lensEvents });
  filtered.frame.classList.add("cnn-filtered");
  const scaleLow = h("span");
  const scaleBar = h("span", { class: "cnn-scale-bar" });
  const scaleHigh = h("span");
  const credit = h("p", { class: "cnn-credit" });
  photo.element.append(credit);
  filtered.element.append(h("div", { class: "cnn-scale", "aria-hidden": "true" }, scaleLow, scaleBar, scaleHigh));

  const photoSelect = select({
    label: "Picture",
    choices: photographs.map(({ name: value, label }) => ({ value, label })),
    onInput: (value) => {
      const chosen = photographs.find((each) => each.name === value);
      problem("");
      own = value === OWN_PICTURE ? mine : null;
      if (chosen) state.update({ photograph: value, lens: chosen.lens });
      else state.update({ lens: mine?.lens });
    },
  });
  const file = h("input", {
    type: "file",
    accept: "image/*",
    class: "cnn-file",
    tabindex: -1,
    "aria-label": "Your own picture",
    onchange: () => {
      const [first] = file.files ?? [];
      if (first) open(first);
      file.value = "";
    },
  });
  const openButton = button({ label: "Open your own…", onPress: () => file.click() });
  const error = h("p", { class: "cnn-error", hidden: true });
  const kernelSelect = select({
    label: "Kernel",
    choices: [
      ...presets.map(({ name: value, label }) => ({ value, label })),
      { value: OWN_KERNEL, label: "Your own" },
    ],
    onInput: (value) => {
      const preset = presets.find((each) => each.name === value);
      if (preset) useKernel(preset, true);
      // One's own kernel starts from the one on show: the grid is where it is written.
      else kernelGrid.focusCell(0, 0);
    },
  });
  const sizeChoice = choice({
    label: "Size",
    choices: [
      { value: "3", label: "3×3" },
      { value: "5", label: "5×5" },
    ],
    onInput: (value) => useKernel({ ...kernel(), weights: resized(kernel().weights, Number(value)) }),
  });
  sizeChoice.element.classList.add("cnn-size");
  const divisor = number({
    label: "Divide by",
    min: 1,
    max: LARGEST_DIVISOR,
    onInput: (value) => useKernel({ ...kernel(), divisor: value }),
  });
  const displayChoice = choice({
    label: "Show results",
    choices: [
      { value: "clip", label: "Clipped", hint: "0 black, 255 white" },
      { value: "signed", label: "Signed", hint: "0 in the middle" },
      { value: "absolute", label: "Absolute", hint: "without the sign" },
    ],
    onInput: (/** @type {Display} */ display) => {
      state.update({ display });
      live.say(beyond.textContent ?? "");
    },
  });
  const markCheck = checkbox({
    label: "Mark results beyond the scale",
    onInput: (checked) => {
      marking = checked;
      redraw();
    },
  });
  const beyond = h("p", { class: "cnn-beyond" });
  const legend = h(
    "p",
    { class: "cnn-marks" },
    h("span", { class: "cnn-swatch is-below" }),
    " below ",
    h("span", { class: "cnn-swatch is-above" }),
    " above",
  );

  const patchGrid = createGrid({ view: "patch", caption: "Under the kernel", cursor, kind: "cnn-grid-patch" });
  const kernelGrid = createGrid({
    view: "kernel",
    caption: "Kernel",
    cursor,
    limit: LARGEST_WEIGHT,
    kind: "cnn-grid-kernel",
    onEdit: (row, column, value) =>
      useKernel({ ...kernel(), weights: replaced(kernel().weights, row, column, value) }),
  });
  const result = h("span", { class: "cnn-result" });
  const resultNote = h("span", { class: "cnn-result-note" });
  const formula = createFormula({ cursor, view: "kernel" });
  const divided = h("p", { class: "cnn-division" });
  const rowNumber = number({ label: "Row", min: 0, max: 998, onInput: (value) => pin({ ...place(), row: value }) });
  const columnNumber = number({ label: "Column", min: 0, max: 998, onInput: (value) => pin({ ...place(), column: value }) });
  const swatch = h("span", { class: "cnn-swatch" });
  const meaning = h("span");
  const note = h("span");
  const hint = h(
    "p",
    { class: "cnn-how", id: hintId },
    "Point at either picture; press to keep the place. Arrow keys move the lens, with Shift by ten. A picture of your own can also be dropped or pasted here: it stays in this page.",
  );
  const reset = button({
    label: "Reset",
    icon: "reset",
    onPress: () => {
      marking = false;
      hovered = null;
      own = null;
      problem("");
      state.reset();
      live.say("Reset.");
    },
  });
  const copy = copyAsPyTorch({ code, live });

  const bench = stage(
    patchGrid,
    operator("⋆", "cross-correlated with"),
    kernelGrid,
    h(
      "div",
      { class: "cnn-step" },
      operator("÷", "divided by"),
      divisor,
      operator("=", "equals"),
      h("div", { class: "cnn-result-box" }, h("div", {}, swatch, result), resultNote),
    ),
  );
  const panes = h(
    "div",
    { class: "cnn-panes" },
    photo,
    h("span", { class: "cnn-arrow", "aria-hidden": "true" }, "→"),
    filtered,
  );
  append(
    root,
    controls(
      kernelSelect,
      sizeChoice,
      photoSelect,
      h("div", { class: "cnn-control" }, openButton, file),
    ),
    error,
    h("p", { class: "cnn-about" }, note, " ", meaning),
    panes,
    hint,
    controls(
      displayChoice,
      h(
        "div",
        { class: "cnn-control cnn-beyond-box" },
        beyond,
        h("div", { class: "cnn-mark-row" }, markCheck, legend),
      ),
    ),
    band(
      h(
        "div",
        { class: "cnn-lens-head" },
        h("p", { class: "cnn-band-title" }, "Under the lens"),
        rowNumber,
        columnNumber,
      ),
      bench,
      formula,
      divided,
      h(
        "p",
        { class: "cnn-how" },
        "The kernel is laid on as it is written, not turned: this is cross-correlation, as in networks.",
      ),
    ),
    actions(reset, copy.button),
    copy.field,
    live,
  );

  /** @returns {Kernel} */
  function kernel() {
    return { weights: state.get("kernel"), divisor: state.get("divisor") };
  }

  /**
   * @param {Kernel} next
   * @param {boolean} [fitDisplay] a preset brings the display along that shows it best
   */
  function useKernel(next, fitDisplay = false) {
    state.update({
      kernel: next.weights,
      divisor: next.divisor,
      ...(fitDisplay ? { display: fittingDisplay(next) } : {}),
    });
    live.say(`${meaning.textContent} ${sentence()}`);
  }

  /** The middle of the lens where it stays, in pixels of the picture. */
  function place() {
    const [row, column] = state.get("lens");
    return inside({ row, column });
  }

  /**
   * The nearest place at which the whole kernel is inside the picture.
   *
   * @param {Place} at
   * @returns {Place}
   */
  function inside({ row, column }) {
    const half = (state.get("kernel").length - 1) / 2;
    const { width, height } = drawn.picture;
    const legal = (/** @type {number} */ at, /** @type {number} */ size) =>
      Math.max(half, Math.min(at, size - 1 - half));
    return { row: legal(row, height), column: legal(column, width) };
  }

  let speaking = 0;
  /**
   * @param {Place} at
   * @param {number} [patience] milliseconds to wait for the next key before speaking
   */
  function pin(at, patience = 0) {
    const { row, column } = inside(at);
    hovered = null;
    state.update({ lens: [row, column] });
    clearTimeout(speaking);
    speaking = window.setTimeout(() => live.say(sentence()), patience);
  }

  function sentence() {
    const { row, column } = place();
    const { kernel: used } = drawn;
    const { weights, divisor: over } = whole(used);
    const sum = total(patchUnder({ row, column }), weights);
    return `Row ${row}, column ${column}: sum ${decimal(sum, over).text}, ${drawnAs(sum, over, drawn.display, drawn.farthest)}.`;
  }

  /** @param {Place} at */
  function patchUnder({ row, column }) {
    const size = drawn.kernel.weights.length;
    const half = (size - 1) / 2;
    return patchAt(drawn.picture, row - half, column - half, size);
  }

  /** @param {string} text what went wrong with the reader's picture; empty when all is well */
  function problem(text) {
    error.textContent = text;
    error.hidden = !text;
    if (text) live.say(text);
  }

  /** @param {File} chosen */
  async function open(chosen) {
    const refused = refusal(chosen);
    if (refused) {
      problem(refused);
      return;
    }
    try {
      const picture = await readPicture(chosen);
      if (disposed) return;
      problem("");
      take(chosen.name || "Your picture", picture);
    } catch (reason) {
      problem(
        reason instanceof RangeError
          ? reason.message
          : `${chosen.name || "That"} cannot be read as a picture: it is damaged, or of a kind that this browser does not know.`,
      );
    }
  }

  /**
   * @param {string} label
   * @param {Picture} picture
   */
  function take(label, picture) {
    pictures.set(OWN_PICTURE, picture);
    const option = photoSelect.input.querySelector(`[value="${OWN_PICTURE}"]`);
    if (option) option.textContent = label;
    else photoSelect.input.append(h("option", { value: OWN_PICTURE }, label));
    mine = {
      name: OWN_PICTURE,
      label,
      alt: `your picture ${label}`,
      src: "",
      credit: "stays in this page",
      lens: [picture.height >> 1, picture.width >> 1],
    };
    own = mine;
    state.update({ lens: mine.lens });
    live.say(`${label}, ${picture.width} × ${picture.height} pixels in gray. It stays in this page.`);
  }

  function redraw() {
    const wanted =
      own ?? photographs.find((each) => each.name === state.get("photograph")) ?? photographs[0];
    const picture = pictures.get(wanted.name);
    photoSelect.set(wanted.name);
    if (!picture) {
      decode(wanted.src).then(
        (found) => {
          pictures.set(wanted.name, found);
          if (!disposed) redraw();
        },
        () => problem(`The picture ${wanted.label} could not be decoded.`),
      );
      return;
    }
    const used = kernel();
    const { weights, divisor: over } = whole(used);
    const size = weights.length;
    /** @type {Display} */
    const display = state.get("display");

    const key = JSON.stringify([wanted.name, weights]);
    const another = drawn.picture !== picture;
    if (another) {
      photo.canvas.draw(picture.width, picture.height, (pixel) => grays[picture.data[pixel]]);
    }
    if (drawn.key !== key || another) {
      drawn.sums = crossCorrelate(picture, weights);
      drawn.farthest = extent(drawn.sums).farthest;
    }
    drawn = { ...drawn, photograph: wanted, picture, kernel: used, display, key };
    const { sums, farthest } = drawn;
    const canvasKey = JSON.stringify([key, over, display, marking]);
    if (drawn.canvasKey !== canvasKey || another) {
      drawn.canvasKey = canvasKey;
      paint();
    }

    const rim = (size - 1) / 2;
    const across = `${picture.width} × ${picture.height}`;
    photo.set({ ...picture, rim: 0, label: wanted.alt, size: across });
    const preset = presetOf(used, presets);
    const by = preset ? preset.label : "your own kernel";
    filtered.set({
      ...picture,
      rim,
      label: `the picture filtered by ${by}`,
      size: `${sums.width} × ${sums.height}`,
    });
    setText(credit, wanted.credit ?? "");
    const { low, high } = ends(display, over, farthest);
    setText(scaleLow, display === "absolute" ? "0" : decimal(low, 2 * over).text);
    setText(scaleHigh, decimal(high, 2 * over).text);
    scaleBar.dataset.display = display;
    setText(beyond, beyondScale(clipped(sums, over, display), display, over, farthest));

    kernelSelect.set(preset ? preset.name : OWN_KERNEL);
    sizeChoice.set(size === 5 ? "5" : "3");
    divisor.set(used.divisor);
    displayChoice.set(display);
    markCheck.set(marking);
    rowNumber.limit(rim, picture.height - 1 - rim);
    columnNumber.limit(rim, picture.width - 1 - rim);

    bench.classList.toggle("is-large", size > 3);
    drawn.longest = longestProduct([[255]], used.weights);
    const limit = largest(used.weights);
    kernelGrid.render(size, size, (row, column) => ({
      ...numberCell(used.weights[row][column], limit),
      value: used.weights[row][column],
    }));
    setText(meaning, sumMeaning(used));
    setText(note, preset?.note ?? "Your own kernel: write other weights into the grid.");
    copy.stale();
    look();
    root.dataset.ready = "";
  }

  function paint() {
    const { sums } = drawn;
    const color = coloring();
    filtered.canvas.draw(sums.width, sums.height, (pixel) => color(sums.data[pixel]));
  }

  /** @returns {(sum: number) => number[]} red, green and blue of a result */
  function coloring() {
    const { display, farthest, kernel: used } = drawn;
    const { divisor: over } = whole(used);
    const { low, high } = ends(display, over, farthest);
    const scale = display === "signed" ? palette : grays;
    return (sum) => {
      if (marking && 2 * sum < low) return MARKS.below;
      if (marking && 2 * sum > high) return MARKS.above;
      return scale[level(sum, over, display, farthest)];
    };
  }

  /** Shows the lens and what is under it: all that a moving pointer changes. */
  function look() {
    const at = hovered ?? place();
    const { kernel: used, display, farthest } = drawn;
    const size = used.weights.length;
    photo.look(at, size);
    filtered.look(at, 1);
    rowNumber.set(at.row);
    columnNumber.set(at.column);

    const patch = patchUnder(at);
    patchGrid.render(size, size, (row, column) => ({ text: String(patch[row][column]) }));
    patch.forEach((line, row) =>
      line.forEach((gray, column) => {
        const { style } = patchGrid.table.tBodies[0].rows[row].cells[column];
        style.backgroundColor = `rgb(${gray} ${gray} ${gray})`;
        // Either way the number keeps a contrast of 4.6 to its pixel.
        style.color = gray < 118 ? "white" : "black";
      }),
    );
    const { weights, divisor: over } = whole(used);
    const sum = total(patch, weights);
    formula.render(terms(patch, used.weights, 0, 0), size, sum / (over / used.divisor), drawn.longest);
    setText(divided, division(patch, used));
    divided.hidden = used.divisor === 1;
    setText(result, decimal(sum, over).text);
    result.dataset.exact = equals(sum, over).startsWith("=") ? "" : "about";
    const { low, high } = ends(display, over, farthest);
    const beyondEnds = 2 * sum < low || 2 * sum > high;
    const words = drawnAs(sum, over, display, farthest);
    setText(resultNote, marking && beyondEnds ? `${words.split(":")[0]}: marked` : words);
    swatch.style.backgroundColor = `rgb(${coloring()(sum).join(" ")})`;
    showTerm(cursor.target);
  }

  /**
   * The same place in the patch, in the kernel and in the sum.
   *
   * @param {Target | null} target
   */
  function showTerm(target) {
    const size = drawn.kernel.weights.length;
    const lit = target && target.row < size && target.column < size ? target : null;
    patchGrid.mark("cursor", lit ? [lit] : []);
    kernelGrid.mark("cursor", lit ? [lit] : []);
    formula.mark(lit ? lit.row * size + lit.column : null);
  }

  function code() {
    const { row, column } = place();
    const rim = (drawn.kernel.weights.length - 1) / 2;
    return program({
      kernel: drawn.kernel,
      patch: patchUnder({ row, column }),
      result: { row: row - rim, column: column - rim },
      photograph: drawn.photograph,
    });
  }

  // A picture may also be dropped or pasted; neither is ever the only way.
  panes.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  /**
   * @param {Event} event
   * @param {DataTransfer | null} given
   */
  const receive = (event, given) => {
    const [first] = given?.files ?? [];
    if (!first) return;
    event.preventDefault();
    open(first);
  };
  panes.addEventListener("drop", (event) => receive(event, event.dataTransfer));
  /** @param {ClipboardEvent} event */
  const paste = (event) => receive(event, event.clipboardData);
  root.addEventListener("paste", paste);

  redraw();
  return () => {
    disposed = true;
    clearTimeout(speaking);
    root.removeEventListener("paste", paste);
    copy.dispose();
    state.dispose();
    root.replaceChildren();
  };
}

/**
 * The gray pixels of one of the page's own pictures.
 *
 * @param {string} src a data: URL of a gray picture
 * @returns {Promise<Picture>}
 */
async function decode(src) {
  const image = new Image();
  image.src = src;
  await image.decode();
  return pixelsOf(image, image.naturalWidth, image.naturalHeight);
}

/**
 * @param {File} chosen
 * @returns {Promise<Picture>} scaled to fit, in gray
 */
async function readPicture(chosen) {
  const bitmap = await createImageBitmap(chosen);
  try {
    const { width, height } = fittedSize(bitmap.width, bitmap.height);
    return pixelsOf(bitmap, width, height);
  } finally {
    bitmap.close();
  }
}

/**
 * @param {CanvasImageSource} image
 * @param {number} width
 * @param {number} height
 * @returns {Picture}
 */
function pixelsOf(image, width, height) {
  const canvas = h("canvas", { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  // Where a picture is transparent, paper shows through.
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  return { width, height, data: grayOf(context.getImageData(0, 0, width, height).data) };
}
