/**
 * A gray photograph, the color that a network guesses, and the color that it had: side by side under
 * a line that slides, and number by number under a cursor. Photographs that come with the figure
 * bring their predictions along; one of the reader's own needs the network.
 */
import {
  MULTIPLE,
  VIEWS,
  WORKING_SIDE,
  distance,
  isGray,
  megabytes,
  shownSize,
  sureness,
  verdict,
} from "../core/colorize.js";
import { formatNumber } from "../core/format.js";
import {
  LARGEST_SPREAD,
  colorfulness,
  padded,
  psnr,
  resize,
  spreadScale,
  toLab,
  toRgb,
  workingSize,
  writeColor,
} from "../core/lab.js";
import { clamp } from "../core/matrix.js";
import { refusal } from "../core/photo.js";
import { createColorizer } from "../colorizer.js";
import { createState } from "../model.js";
import { button, select } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { append, h, s, setText, setVariable, uniqueId } from "../ui/dom.js";
import { actions, band } from "../ui/layout.js";
import { createLive } from "../ui/live.js";
import { createPicture } from "../ui/picture.js";

/** @typedef {import("../core/colorize.js").View} View */
/** @typedef {import("../core/colorize.js").Scores} Scores */
/** @typedef {import("../core/lab.js").Planes} Planes */
/** @typedef {import("../colorizer.js").Prediction} Prediction */
/** @typedef {import("../ui/picture.js").Place} Place */

/**
 * @typedef {object} Photograph
 * @property {string} name
 * @property {string} label
 * @property {string} alt
 * @property {string} credit
 * @property {string} src a data: URL
 * @property {boolean} gray whether it has no color of its own
 * @property {[number, number]} place where the cursor is at first
 * @property {string} [maps] a data: URL: a and b of the faithful prediction, of the vivid one, and
 *   twice the spread, one below the other
 * @property {[number, number]} [size] rows and columns of a map
 * @property {Scores} [scores]
 * @property {number} [spread] its mean
 * @property {string} [source] Python that loads the picture
 */

/**
 * A picture with all that is known of it. Planes have a number for each of its pixels.
 *
 * @typedef {object} Scene
 * @property {Photograph} photograph
 * @property {Planes} planes
 * @property {boolean} gray
 * @property {{a: Float32Array, b: Float32Array} | null} faithful
 * @property {{a: Float32Array, b: Float32Array} | null} vivid
 * @property {Float32Array | null} spread
 * @property {Map<View, ImageData>} drawn
 * @property {Scores} scores
 * @property {number} meanSpread
 */

export const name = "colorize";

const OWN = "own-picture";
const scale = spreadScale();
/** The square of the ab plane that is shown reaches from −REACH to REACH. */
const REACH = 110;
const GRAIN = 73;
const POINTS = /** @type {const} */ (["truth", "faithful", "vivid"]);

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @param {{photographs: Photograph[]}} [carried]
 * @returns {() => void}
 */
export function create(root, model, carried = model.get("carried")) {
  const { photographs } = carried;
  const live = createLive();
  const state = createState(model, ["photograph", "left", "right", "split", "place"], redraw);
  const colorizer = createColorizer(model, root.closest("figure"));
  /** @type {Map<string, Scene>} */
  const scenes = new Map();
  /** The reader's own picture is no part of the model: it stays in this page. */
  let own = /** @type {Scene | null} */ (null);
  let mine = own;
  let disposed = false;
  let busy = false;
  /** @type {Place | null} */
  let hovered = null;
  /** @type {Scene | null} what is on show */
  let scene = null;
  let shown = { left: /** @type {View} */ ("gray"), right: /** @type {View} */ ("gray"), key: "" };
  let lightness = -1;

  // The photographs to choose from.
  const group = uniqueId();
  const choices = h("div", { class: "cnn-photos" });
  /**
   * @param {string} value
   * @param {string} label
   * @param {string} src
   */
  const thumbnail = (value, label, src) => {
    const input = h("input", { type: "radio", name: group, value, onchange: () => choose(value) });
    // Not an img: themes frame and tint those.
    const picture = h("b", { style: `background-image: url("${src}")` });
    return h("label", {}, input, picture, h("i"), h("span", {}, label));
  };
  for (const { name: value, label, src } of photographs) choices.append(thumbnail(value, label, src));
  const file = h("input", {
    type: "file",
    accept: "image/*",
    class: "cnn-file",
    tabindex: -1,
    "aria-label": "Your own photograph",
    onchange: () => {
      const [first] = file.files ?? [];
      if (first) open(first);
      file.value = "";
    },
  });
  // The last tile of the row.
  const openButton = h(
    "button",
    { type: "button", class: "cnn-own", onclick: () => file.click() },
    h("i", {}, "+"),
    h("span", {}, "Your own"),
  );
  const chooser = h(
    "fieldset",
    { class: "cnn-chooser" },
    h("legend", { class: "cnn-hidden" }, "Photograph"),
    choices,
    file,
  );
  choices.append(openButton);

  // What stands in the way of coloring one's own.
  const error = h("p", { class: "cnn-error", hidden: true });
  const need = h("p");
  const { bytes } = colorizer;
  const toLoad = bytes.network + bytes.runtime;
  const loadButton = button({
    label: `Load the network: ${megabytes(bytes.network)} of weights and ${megabytes(bytes.runtime)} of runtime`,
    onPress: () => load(),
  });
  const progress = h("progress", { max: 1, value: 0, "aria-label": "Loading the network" });
  const arrived = h("span");
  const bar = h("div", { class: "cnn-progress", hidden: true }, progress, arrived);
  const panel = h("div", { class: "cnn-need", hidden: true }, need, loadButton.element, bar);

  // The two pictures and the line between them.
  /** @type {{value: View, label: string}[]} */
  const views = Object.entries(VIEWS).map(([value, { label }]) => ({
    value: /** @type {View} */ (value),
    label,
  }));
  const sides = /** @type {const} */ (["left", "right"]).map((side) =>
    select({
      label: side === "left" ? "Left of the line" : "Right of the line",
      choices: views,
      onInput: (/** @type {View} */ view) => {
        state.update({ [side]: view });
        live.say(`${VIEWS[view].label}: ${VIEWS[view].says}.`);
      },
    }),
  );
  const hintId = uniqueId();
  const picture = createPicture({
    title: "Photograph",
    describe: hintId,
    place,
    onHover: (at) => {
      hovered = at && inside(at);
      look();
    },
    onPin: (at) => pin(at),
    onMove: (at) => pin(at, 250),
    onRelease: () => {
      hovered = null;
      look();
    },
  });
  const over = h("canvas", { class: "cnn-canvas cnn-above", "aria-hidden": "true" });
  const overContext = /** @type {CanvasRenderingContext2D} */ (over.getContext("2d"));
  const line = h("div", { class: "cnn-line", "aria-hidden": "true" });
  picture.canvas.element.after(over, line);
  const slider = h("input", {
    type: "range",
    min: 0,
    max: 100,
    class: "cnn-slider",
    "aria-label": "Where the line stands",
    oninput: () => state.update({ split: Number(slider.value) }),
  });
  const bars = h("div", { class: "cnn-scale" }, "0", h("span", { class: "cnn-scale-bar" }), `${LARGEST_SPREAD} or more`);
  const legend = h(
    "div",
    { class: "cnn-legend", hidden: true },
    h("span", {}, "Spread in ab units: dark is sure, bright is unsure"),
    bars,
  );
  /** @type {HTMLElement} */ (bars.children[0]).style.backgroundImage =
    `linear-gradient(90deg, ${[0, 51, 102, 153, 204, 255]
      .map((step) => `rgb(${[...scale.subarray(4 * step, 4 * step + 3)].join(" ")})`)
      .join(", ")})`;
  const credit = h("p", { class: "cnn-credit" });

  // Under the cursor.
  const where = h("p", { class: "cnn-band-title" });
  const plane = h("canvas", { width: GRAIN, height: GRAIN, class: "cnn-gamut" });
  const planeContext = /** @type {CanvasRenderingContext2D} */ (plane.getContext("2d"));
  const circles = ["cnn-spread-rim", "cnn-spread"].map((kind) => s("circle", { class: kind }));
  const marks = {
    truth: s("circle", { class: "cnn-mark", r: 6 }),
    faithful: s("rect", { class: "cnn-mark", x: -5.5, y: -5.5, width: 11, height: 11 }),
    vivid: s("path", { class: "cnn-mark", d: "M0-8 7.5 6h-15z" }),
  };
  const plot = s(
    "svg",
    { viewBox: `${-REACH} ${-REACH} ${2 * REACH} ${2 * REACH}`, "aria-hidden": "true" },
    s("path", { class: "cnn-axes", d: `M${-REACH} 0h${2 * REACH}M0 ${-REACH}v${2 * REACH}` }),
    ...circles,
    ...POINTS.map((each) => marks[each]),
  );
  const caption = h("p", { class: "cnn-plane-text" });
  const planeBox = h("div", { class: "cnn-plane" }, h("div", { class: "cnn-plane-box" }, plane, plot), caption);
  const keys = {
    truth: s("circle", { r: 4.5 }),
    faithful: s("rect", { x: -4, y: -4, width: 8, height: 8 }),
    vivid: s("path", { d: "M0-5.5 5.5 4.5h-11z" }),
  };
  /** @type {Record<string, {row: HTMLTableRowElement, swatch: HTMLElement, cells: HTMLElement[]}>} */
  const rows = {};
  const body = h("tbody");
  for (const each of /** @type {const} */ (["gray", ...POINTS])) {
    const swatch = h("span", { class: "cnn-swatch" });
    const cells = [h("td"), h("td"), h("td")];
    const key = each === "gray" ? null : s("svg", { class: "cnn-key", viewBox: "-8 -8 16 16", "aria-hidden": "true" }, keys[each]);
    const row = h("tr", {}, h("th", { scope: "row" }, swatch, key, VIEWS[each].label), ...cells);
    rows[each] = { row, swatch, cells };
    body.append(row);
  }
  const readings = h(
    "table",
    { class: "cnn-readings" },
    h("caption", { class: "cnn-hidden" }, "Lightness L and color a, b under the cursor"),
    h("thead", {}, h("tr", {}, h("td"), ...["L", "a", "b"].map((text) => h("th", { scope: "col" }, text)))),
    body,
  );
  const offName = h("span");
  const formula = h("span", { class: "cnn-formula" });
  const off = h("p", { class: "cnn-off" }, offName, " ", formula);
  const unsure = h("p", { class: "cnn-unsure" });

  // The whole picture in numbers.
  /** @type {Partial<Record<View, {row: HTMLTableRowElement, cells: HTMLElement[]}>>} */
  const scoreRows = {};
  const scoreBody = h("tbody");
  for (const each of /** @type {const} */ (["gray", "faithful", "vivid", "truth"])) {
    const cells = [h("td"), h("td")];
    const row = h("tr", {}, h("th", { scope: "row" }, VIEWS[each].label), ...cells);
    scoreRows[each] = { row, cells };
    scoreBody.append(row);
  }
  const scores = h(
    "table",
    { class: "cnn-scores" },
    h("caption", { class: "cnn-hidden" }, "The whole picture"),
    h("thead", {}, h("tr", {}, h("td"), h("th", { scope: "col" }, "PSNR, dB"), h("th", { scope: "col" }, "Colorfulness"))),
    scoreBody,
  );
  const summary = h("p", { class: "cnn-summary" });

  const reset = button({
    label: "Reset",
    icon: "reset",
    onPress: () => {
      hovered = null;
      own = null;
      problem("");
      state.reset();
      live.say("Reset.");
    },
  });
  const copy = copyAsPyTorch({ code, live });
  const stageElement = h(
    "div",
    { class: "cnn-frame-box" },
    h("div", { class: "cnn-sides" }, ...sides.map((side) => side.element)),
    picture.element,
    slider,
    legend,
    credit,
  );
  append(
    root,
    chooser,
    error,
    panel,
    h(
      "div",
      { class: "cnn-main" },
      stageElement,
      band(where, planeBox, readings, off, unsure),
    ),
    h(
      "p",
      { class: "cnn-how", id: hintId },
      "Slide the line, or point at the picture; press to keep the place. Arrow keys move the cursor, with Shift by ten. A photograph of your own can also be dropped or pasted here; it stays in this page.",
    ),
    h("div", { class: "cnn-whole" }, scores, summary),
    actions(reset, copy.button),
    copy.field,
    live,
  );

  /** @param {string} value */
  function choose(value) {
    problem("");
    own = value === OWN ? mine : null;
    hovered = null;
    const chosen = photographs.find((each) => each.name === value);
    if (chosen) state.update({ photograph: value, place: chosen.place });
    else if (own) state.update({ place: own.photograph.place });
    live.say(summary.textContent ?? "");
  }

  function place() {
    const [row, column] = state.get("place");
    return inside({ row, column });
  }

  /**
   * @param {Place} at
   * @returns {Place}
   */
  function inside({ row, column }) {
    const { width = 1, height = 1 } = scene?.planes ?? {};
    return { row: clamp(row, 0, height - 1), column: clamp(column, 0, width - 1) };
  }

  let speaking = 0;
  /**
   * @param {Place} at
   * @param {number} [patience] milliseconds to wait for the next key before speaking
   */
  function pin(at, patience = 0) {
    const { row, column } = inside(at);
    hovered = null;
    state.update({ place: [row, column] });
    clearTimeout(speaking);
    speaking = window.setTimeout(() => live.say(sentence()), patience);
  }

  /** @param {string} text what went wrong with the reader's picture; empty when all is well */
  function problem(text) {
    setText(error, text);
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
    const label = chosen.name || "Your picture";
    try {
      const found = await readPicture(chosen);
      if (disposed) return;
      problem("");
      take(label, found);
    } catch (reason) {
      problem(
        reason instanceof RangeError
          ? reason.message
          : `${label} cannot be read as a picture: it is damaged, or of a kind that this browser does not know.`,
      );
    }
  }

  /**
   * @param {string} label
   * @param {Found} found
   */
  function take(label, { planes, rgba, src, from }) {
    const { width, height } = planes;
    const gray = isGray(planes.a, planes.b);
    const reduced = from.width > width ? `, shown at ${width} × ${height}` : "";
    mine = {
      photograph: {
        name: OWN,
        label,
        alt: `your photograph ${label}`,
        credit: `Yours, ${from.width} × ${from.height} pixels${reduced}. It stays in this page.`,
        src,
        gray,
        // Beside the line, which stands in the middle.
        place: [height >> 1, Math.floor(0.7 * width)],
      },
      planes,
      gray,
      faithful: null,
      vivid: null,
      spread: null,
      drawn: new Map(gray ? [] : [["truth", new ImageData(rgba, width, height)]]),
      scores: {},
      meanSpread: 0,
    };
    own = mine;
    choices.querySelector(`label:has([value="${OWN}"])`)?.remove();
    openButton.before(thumbnail(OWN, "Yours", src));
    state.update({ place: mine.photograph.place });
    live.say(
      `${label}: ${from.width} × ${from.height} pixels${reduced}. It stays in this page.${gray ? " It has no color of its own." : ""}`,
    );
    if (colorizer.loaded) color(mine);
  }

  /** Lets the network color the reader's picture. @param {Scene} wanted */
  async function color(wanted) {
    const { planes } = wanted;
    const size = workingSize(planes.width, planes.height, WORKING_SIDE);
    const small = resize(planes.L, planes.width, planes.height, size.width, size.height);
    const { data, width, height } = padded(small, size.width, size.height, MULTIPLE);
    busy = true;
    redraw();
    try {
      const found = await colorizer.predict(data, width, height);
      if (disposed) return;
      fill(wanted, found, [size.width / width, size.height / height]);
      busy = false;
      if (own === wanted) state.update({ left: "gray", right: "vivid" });
      live.say(`Colored. ${summary.textContent}`);
    } catch (reason) {
      busy = false;
      if (disposed) return;
      redraw();
      problem(reason instanceof Error ? reason.message : String(reason));
    }
  }

  async function load() {
    loadButton.element.hidden = true;
    bar.hidden = false;
    problem("");
    live.say("Loading the network.");
    try {
      await colorizer.load((loaded) => {
        const share = Math.min(loaded / toLoad, 1);
        progress.value = share;
        setText(arrived, share < 1 ? `${megabytes(loaded)} of ${megabytes(toLoad)}` : "Starting …");
      });
      if (disposed) return;
      live.say("The network is loaded.");
      if (mine) color(mine);
    } catch (reason) {
      if (disposed) return;
      problem(
        `The network could not be loaded: ${reason instanceof Error ? reason.message : reason}. Is the server still running?`,
      );
      loadButton.element.hidden = false;
    }
    bar.hidden = true;
    redraw();
  }

  function redraw() {
    const wanted = photographs.find((each) => each.name === state.get("photograph")) ?? photographs[0];
    const next = own ?? scenes.get(wanted.name);
    for (const input of choices.querySelectorAll("input")) {
      input.checked = input.value === (own ? OWN : wanted.name);
    }
    if (!next) {
      stored(wanted).then(
        (found) => {
          scenes.set(wanted.name, found);
          if (!disposed) redraw();
        },
        () => problem(`The photograph ${wanted.label} could not be decoded.`),
      );
      return;
    }
    const another = scene !== next;
    scene = next;
    const { photograph, planes } = next;
    const { width, height } = planes;
    const there = (/** @type {View} */ view) => available(next, view);
    const [left, right] = ["left", "right"].map((side) => {
      const asked = /** @type {View} */ (state.get(side));
      if (there(asked)) return asked;
      return side === "left" || !there("truth") ? "gray" : "truth";
    });
    if (another || shown.left !== left) picture.canvas.context.canvas.width = 0;
    if (another || shown.left !== left || shown.right !== right || overContext.canvas.width !== width) {
      Object.assign(picture.canvas.element, { width, height });
      Object.assign(over, { width, height });
      picture.canvas.context.putImageData(drawn(next, left), 0, 0);
      overContext.putImageData(drawn(next, right), 0, 0);
    }
    shown = { left, right, key: photograph.name };
    if (another) {
      picture.set({ width, height, rim: 0, label: "", size: `${height} × ${width}` });
    }
    const label = `${photograph.alt}; ${VIEWS[left].label.toLowerCase()} left of the line, ${VIEWS[right].label.toLowerCase()} right of it`;
    picture.frame.setAttribute("aria-label", label);
    picture.canvas.setLabel(label);
    sides.forEach((side, index) => {
      side.set(index ? right : left);
      for (const option of side.input.options) option.disabled = !there(/** @type {View} */ (option.value));
    });
    const split = clamp(state.get("split"), 0, 100);
    slider.value = String(split);
    slider.setAttribute(
      "aria-valuetext",
      `${split} %: ${VIEWS[left].label} left of the line, ${VIEWS[right].label} right of it`,
    );
    setVariable(stageElement, "--split", split / 100);
    legend.hidden = left !== "spread" && right !== "spread";
    setText(credit, photograph.credit);
    showScores(next);
    showNeed(next);
    copy.stale();
    look();
    root.dataset.ready = photograph.name;
  }

  /** @param {Scene} next */
  function showNeed(next) {
    const wants = next === own && !next.vivid;
    panel.hidden = !wants;
    if (!wants) return;
    const { obstacle } = colorizer;
    loadButton.element.hidden = Boolean(obstacle) || colorizer.loaded || !bar.hidden;
    setText(
      need,
      obstacle ||
        (busy
          ? "The network looks at the picture …"
          : colorizer.loaded
            ? "The picture could not be colored."
            : "To color it, the page loads the network and the program that runs it, once, from where the book comes from. Then all is computed here: the picture is sent nowhere."),
    );
  }

  /** @param {Scene} next */
  function showScores(next) {
    for (const [view, entry] of Object.entries(scoreRows)) {
      const score = next.scores[/** @type {View} */ (view)];
      entry.row.hidden = !score;
      if (!score) continue;
      setText(entry.cells[0], score.psnr === null ? "–" : score.psnr.toFixed(1));
      setText(entry.cells[1], score.colorfulness.toFixed(0));
      entry.row.classList.toggle("is-shown", view === shown.left || view === shown.right);
    }
    scores.hidden = !next.scores.vivid;
    setText(summary, verdict(next.scores, next.meanSpread));
  }

  /** Shows what is under the cursor: all that a moving pointer changes. */
  function look() {
    if (!scene) return;
    const at = hovered ?? place();
    picture.look(at, 1);
    const { planes, gray, spread } = scene;
    const index = at.row * planes.width + at.column;
    const L = planes.L[index];
    setText(where, `Row ${at.row}, column ${at.column}`);
    const found = colorsAt(index);
    const rgba = new Uint8ClampedArray(4);
    for (const each of /** @type {const} */ (["gray", ...POINTS])) {
      const ab = found[each];
      const { row, swatch, cells } = rows[each];
      row.hidden = !ab;
      if (!ab) continue;
      writeColor(L, ab[0], ab[1], rgba, 0);
      swatch.style.backgroundColor = `rgb(${rgba[0]} ${rgba[1]} ${rgba[2]})`;
      [L, ...ab].forEach((value, k) => setText(cells[k], each === "gray" && k ? "?" : formatNumber(value, 0)));
    }
    for (const each of POINTS) {
      const ab = found[each];
      marks[each].style.display = ab ? "" : "none";
      if (ab) marks[each].setAttribute("transform", `translate(${clamp(ab[0], -REACH, REACH)} ${-clamp(ab[1], -REACH, REACH)})`);
    }
    const here = spread?.[index];
    for (const circle of circles) {
      circle.style.display = here === undefined ? "none" : "";
      if (here === undefined || !found.faithful) continue;
      circle.setAttribute("r", here.toFixed(1));
      circle.setAttribute("cx", found.faithful[0].toFixed(1));
      circle.setAttribute("cy", (-found.faithful[1]).toFixed(1));
    }
    setText(
      unsure,
      here === undefined ? "" : `The network is ${sureness(here)}: its possible colors spread by ${formatNumber(here, 0)}, the dashed circle.`,
    );
    const guess = guessShown();
    const [ours, truth] = [guess && rounded(found[guess]), rounded(found.truth)];
    const known = ours && truth && guess;
    // It may break before its result, and nowhere else.
    const written = known ? distance(ours, truth).replaceAll(" ", "\u00a0") : "";
    setText(formula, written.replace(/\u00a0([=≈])/, " $1"));
    setText(
      offName,
      known
        ? `${VIEWS[guess].label} is off by`
        : gray && ours
          ? "The picture has no color of its own to compare with."
          : "",
    );
    if (lightness !== Math.round(L)) {
      lightness = Math.round(L);
      planeContext.putImageData(gamut(lightness), 0, 0);
      setText(caption, `Colors that look equally gray, with L = ${lightness}: a to the right, b upward`);
    }
  }

  /** The prediction that the sentence is about: vivid, unless faithful alone is on show. */
  function guessShown() {
    if (!scene?.vivid) return null;
    const faithful = [shown.left, shown.right].includes("faithful");
    const vivid = [shown.left, shown.right].includes("vivid");
    return faithful && !vivid ? "faithful" : "vivid";
  }

  /**
   * @param {number} index
   * @returns {Record<"gray" | "truth" | "faithful" | "vivid", [number, number] | null>}
   */
  function colorsAt(index) {
    const pair = (/** @type {{a: Float32Array, b: Float32Array} | null | undefined} */ from) =>
      /** @type {[number, number] | null} */ (from ? [from.a[index], from.b[index]] : null);
    return {
      gray: [0, 0],
      truth: scene?.gray ? null : pair(scene?.planes),
      faithful: pair(scene?.faithful),
      vivid: pair(scene?.vivid),
    };
  }

  function sentence() {
    if (!scene) return "";
    const { row, column } = place();
    const index = row * scene.planes.width + column;
    const found = colorsAt(index);
    const parts = [`Row ${row}, column ${column}: L ${formatNumber(scene.planes.L[index], 0)}`];
    for (const each of POINTS) {
      const ab = rounded(found[each]);
      if (ab) parts.push(`${VIEWS[each].label.toLowerCase()} a ${formatNumber(ab[0])}, b ${formatNumber(ab[1])}`);
    }
    if (scene.spread) parts.push(`spread ${formatNumber(scene.spread[index], 0)}`);
    return `${parts.join("; ")}.`;
  }

  function code() {
    const { row, column } = place();
    const head = guessShown() ?? "vivid";
    const photograph = scene?.photograph;
    const load = 'network, metadata = export.load("photographs")';
    if (!photograph?.source) {
      return [
        "from cnncourse.colorize import export, pictures, predict",
        "",
        load,
        `picture = pictures.read(${JSON.stringify(photograph?.label)})`,
        `colored = predict.colorize(picture, network, "${head}", **predict.options(metadata))`,
        'pictures.write("colored.png", colored)',
        "",
      ].join("\n");
    }
    const { width = 1, height = 1 } = scene?.planes ?? {};
    return [
      "import torch",
      "from torch.nn.functional import interpolate",
      "",
      "from cnncourse.colorize import export, lab",
      "from cnncourse.data import photograph",
      "",
      load,
      `rgb = torch.tensor(${photograph.source}, dtype=torch.float32)`,
      "L = lab.rgb_to_lab(rgb.permute(2, 0, 1)[None])[:, :1]",
      `small = interpolate(L, size=(${WORKING_SIDE}, ${WORKING_SIDE}), mode="bilinear", antialias=True)`,
      "with torch.no_grad():",
      "    faithful, logits = network(small)",
      ...(head === "vivid" ? ["    vivid = export.vivid(logits, metadata)"] : []),
      `ab = interpolate(${head}, size=(${height}, ${width}), mode="bilinear")`,
      "colored = lab.lab_to_rgb(torch.cat([L, ab], dim=1))",
      `print(ab[0, :, ${row}, ${column}])  # a and b at row ${row}, column ${column}`,
      "",
    ].join("\n");
  }

  // A picture may also be dropped or pasted; neither is ever the only way.
  root.addEventListener("dragover", (event) => {
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
  /** @param {DragEvent} event */
  const drop = (event) => receive(event, event.dataTransfer);
  /** @param {ClipboardEvent} event */
  const paste = (event) => receive(event, event.clipboardData);
  root.addEventListener("drop", drop);
  root.addEventListener("paste", paste);

  redraw();
  return () => {
    disposed = true;
    clearTimeout(speaking);
    colorizer.dispose();
    root.removeEventListener("drop", drop);
    root.removeEventListener("paste", paste);
    copy.dispose();
    state.dispose();
    root.replaceChildren();
  };
}

/**
 * @param {Scene} scene
 * @param {View} view
 */
const available = (scene, view) =>
  view === "gray" || (view === "truth" ? !scene.gray : scene.vivid !== null);

/**
 * @param {[number, number] | null} ab
 * @returns {[number, number] | null}
 */
const rounded = (ab) => ab && [Math.round(ab[0]), Math.round(ab[1])];

/**
 * One of the views as pixels, computed when it is first asked for.
 *
 * @param {Scene} scene
 * @param {View} view
 * @returns {ImageData}
 */
function drawn(scene, view) {
  const before = scene.drawn.get(view);
  if (before) return before;
  const { width, height, L } = scene.planes;
  let rgba = new Uint8ClampedArray(4 * L.length);
  if (view === "spread") {
    const numbers = /** @type {Float32Array} */ (scene.spread);
    for (let pixel = 0; pixel < numbers.length; pixel += 1) {
      const step = Math.round(255 * clamp(numbers[pixel] / LARGEST_SPREAD, 0, 1));
      rgba.set(scale.subarray(4 * step, 4 * step + 4), 4 * pixel);
    }
  } else {
    const none = new Uint8Array(view === "gray" ? L.length : 0);
    const { a, b } = { gray: { a: none, b: none }, truth: scene.planes, faithful: scene.faithful, vivid: scene.vivid }[view] ?? scene.planes;
    rgba = toRgb(L, a, b);
  }
  const image = new ImageData(rgba, width, height);
  scene.drawn.set(view, image);
  return image;
}

/**
 * Brings a prediction to the picture's size, and compares.
 *
 * @param {Scene} scene
 * @param {Prediction} found
 * @param {[across: number, down: number]} shares of it that the picture covers
 */
function fill(scene, { width, height, faithful, vivid, spread }, shares) {
  const { planes, gray } = scene;
  const count = width * height;
  const full = (/** @type {Float32Array} */ map, /** @type {number} */ nth) =>
    resize(map.subarray(nth * count, (nth + 1) * count), width, height, planes.width, planes.height, [
      width * shares[0],
      height * shares[1],
    ]);
  scene.faithful = { a: full(faithful, 0), b: full(faithful, 1) };
  scene.vivid = { a: full(vivid, 0), b: full(vivid, 1) };
  scene.spread = full(spread, 0);
  scene.meanSpread = scene.spread.reduce((sum, value) => sum + value, 0) / scene.spread.length;
  const truth = gray ? null : drawn(scene, "truth").data;
  for (const view of /** @type {View[]} */ (["gray", "faithful", "vivid", "truth"])) {
    if (view === "truth" && gray) continue;
    const { data } = drawn(scene, view);
    scene.scores[view] = {
      psnr: truth && view !== "truth" ? psnr(truth, data) : null,
      colorfulness: colorfulness(data),
    };
  }
}

/**
 * One of the photographs that come with the figure, with the prediction that is stored for it.
 *
 * @param {Photograph} photograph
 * @returns {Promise<Scene>}
 */
async function stored(photograph) {
  const [rows, columns] = photograph.size ?? [0, 0];
  const [source, maps] = await Promise.all([decode(photograph.src), decode(photograph.maps ?? "")]);
  const { width, height } = source;
  const count = rows * columns;
  const map = (/** @type {number} */ nth, /** @type {number} */ zero, /** @type {number} */ unit) => {
    const values = Float32Array.from({ length: count }, (_, k) => (maps.rgba[4 * (nth * count + k)] - zero) * unit);
    return resize(values, columns, rows, width, height);
  };
  const planes = toLab(source.rgba, width, height);
  return {
    photograph,
    planes,
    gray: photograph.gray,
    faithful: { a: map(0, 128, 1), b: map(1, 128, 1) },
    vivid: { a: map(2, 128, 1), b: map(3, 128, 1) },
    spread: map(4, 0, 0.5),
    drawn: new Map(photograph.gray ? [] : [["truth", new ImageData(source.rgba, width, height)]]),
    scores: photograph.scores ?? {},
    meanSpread: photograph.spread ?? 0,
  };
}

/**
 * The colors of one lightness that a screen can show, as a picture of the ab plane.
 *
 * @param {number} L
 */
function gamut(L) {
  const image = new ImageData(GRAIN, GRAIN);
  const half = (GRAIN - 1) / 2;
  for (let row = 0; row < GRAIN; row += 1) {
    for (let column = 0; column < GRAIN; column += 1) {
      const at = 4 * (row * GRAIN + column);
      const [a, b] = [((column - half) * REACH) / half, ((half - row) * REACH) / half];
      if (!writeColor(L, a, b, image.data, at)) image.data[at + 3] = 0;
    }
  }
  return image;
}

/** @typedef {{width: number, height: number, rgba: Uint8ClampedArray<ArrayBuffer>}} Pixels */
/** @typedef {{planes: Planes, rgba: Uint8ClampedArray<ArrayBuffer>, src: string, from: {width: number, height: number}}} Found */

/**
 * @param {string} src a data: URL
 * @returns {Promise<Pixels>}
 */
async function decode(src) {
  const image = new Image();
  image.src = src;
  await image.decode();
  return pixelsOf(image, image.naturalWidth, image.naturalHeight);
}

/**
 * @param {File} chosen
 * @returns {Promise<Found>} upright, and scaled to be shown
 */
async function readPicture(chosen) {
  const bitmap = await createImageBitmap(chosen, { imageOrientation: "from-image" });
  try {
    const from = { width: bitmap.width, height: bitmap.height };
    const { width, height } = shownSize(from.width, from.height);
    const { rgba } = pixelsOf(bitmap, width, height);
    const side = Math.min(from.width, from.height);
    const small = h("canvas", { width: 112, height: 112 });
    small
      .getContext("2d")
      ?.drawImage(bitmap, (from.width - side) / 2, (from.height - side) / 2, side, side, 0, 0, 112, 112);
    return { planes: toLab(rgba, width, height), rgba, src: small.toDataURL("image/jpeg"), from };
  } finally {
    bitmap.close();
  }
}

/**
 * @param {CanvasImageSource} image
 * @param {number} width
 * @param {number} height
 * @returns {Pixels}
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
  return { width, height, rgba: context.getImageData(0, 0, width, height).data };
}
