/**
 * How many windows fit: every placement along one axis, what the floor takes away, and the same in
 * two dimensions.
 */
import { crossCorrelate } from "../core/correlate.js";
import { formatNumber } from "../core/format.js";
import { clamp, generate } from "../core/matrix.js";
import { placements, sentences, startText } from "../core/placements.js";
import { createState } from "../model.js";
import { button, range } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { append, h, s, setText, setVariable } from "../ui/dom.js";
import { createGrid } from "../ui/grid.js";
import { actions, band, controls, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";
import { createPlayer } from "../ui/player.js";

/** @typedef {import("../ui/cursor.js").Target} Target */

export const name = "output-size";

const largestPadded = 12;
const largestStep = 6;
/** Height of a line of the ruler, in cells. */
const line = 0.56;

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const keys = ["input", "kernel", "padding", "stride", "dilation", "position"];
  const live = createLive();
  const state = createState(model, keys, redraw);
  const cursor = createCursor(show);

  /** Everything that follows from the settings, worked out once for each change. */
  let view = read();

  function read() {
    const input = clamp(state.get("input") ?? 7, 1, largestPadded);
    const padding = clamp(state.get("padding") ?? 0, 0, Math.floor((largestPadded - input) / 2));
    const padded = input + 2 * padding;
    const kernel = clamp(state.get("kernel") ?? 3, 1, padded);
    const dilation = clamp(state.get("dilation") ?? 1, 1, largestDilation(padded, kernel));
    const axis = {
      input,
      kernel,
      padding,
      stride: clamp(state.get("stride") ?? 1, 1, largestStep),
      dilation,
    };
    const placed = placements(axis);
    const ones = (/** @type {number} */ side) => generate(side, side, () => 1);
    const [row = 0, column = 0] = state.get("position") ?? [];
    return {
      axis,
      ...placed,
      padded,
      words: sentences(axis),
      gone: new Set(placed.unread),
      output: crossCorrelate(ones(input), ones(kernel), axis),
      pinned: { row: clamp(row, 0, placed.count - 1), column: clamp(column, 0, placed.count - 1) },
    };
  }

  /** @type {[key: "input" | "kernel" | "padding" | "stride" | "dilation", label: string, letter: string][]} */
  const settings = [
    ["input", "Input", "n"],
    ["kernel", "Kernel", "k"],
    ["padding", "Padding", "p"],
    ["stride", "Stride", "s"],
    ["dilation", "Dilation", "d"],
  ];
  const ranges = settings.map(([key, label, letter]) =>
    range({
      label: `${label} ${letter}`,
      onInput: (value) => {
        player.pause();
        state.update({ [key]: value });
      },
      onCommit: () => live.say(`The output size is ${view.count}. ${view.words.slice(0, 2).join(" ")}`),
    }),
  );

  /** The numbers in the formula, with their letters below them. */
  const letters = Object.fromEntries(
    settings.map(([key, , letter]) => [key, h("span", { class: "cnn-letter", "data-letter": letter })]),
  );
  const rest = [h("span", { class: "cnn-part" }), h("span")];
  const total = h("strong", { class: "cnn-formula-total" });
  const formula = h(
    "p",
    { class: "cnn-floor" },
    h("span", { class: "cnn-part" }, "⌊(", letters.input, " + 2·", letters.padding, " − ", letters.dilation, "·(", letters.kernel, " − 1) − 1)/", letters.stride, "⌋ + 1"),
    " = ",
    ...rest,
    total,
  );
  const lines = [0, 1, 2].map(() => h("p", { class: "cnn-sentence" }));

  const inputGrid = createGrid({
    view: "input",
    caption: "Input",
    cursor,
    kind: "cnn-grid-input",
    rulers: true,
  });
  const outputGrid = createGrid({
    view: "output",
    caption: "Output",
    cursor,
    kind: "cnn-grid-output",
    rulers: true,
    onPress: (row, column) => pin(row, column),
  });
  const ruler = s("svg", { class: "cnn-ruler", "aria-hidden": "true" });
  // Above the numbers of the columns, so that every bar stands over what it reads.
  inputGrid.table.before(ruler);
  /** @type {SVGGElement[]} */
  let bars = [];
  ruler.addEventListener("pointerover", (event) => {
    const index = bars.findIndex((bar) => bar.contains(/** @type {Node} */ (event.target)));
    cursor.hover(index < 0 ? null : { view: "ruler", row: 0, column: index });
  });
  ruler.addEventListener("pointerleave", () => cursor.hover(null));
  ruler.addEventListener("click", () => {
    if (cursor.target?.view === "ruler") pin(view.pinned.row, cursor.target.column);
  });

  const heading = h("p", { class: "cnn-band-title" });
  const rows = h("dd");
  const columns = h("dd");
  const hint = h("p", { class: "cnn-hint" });
  const explanation = band(
    heading,
    h("dl", { class: "cnn-lines" }, h("dt", {}, "rows"), rows, h("dt", {}, "columns"), columns),
    hint,
  );
  explanation.classList.add("is-split");

  const player = createPlayer({
    label: "Window",
    text: (index) => `${index} (0 to ${view.count - 1})`,
    onStep: (index) => state.update({ position: [view.pinned.row, index] }),
    onCommit: sayWindow,
    onPlay: (playing) => {
      live.silent = playing;
      cursor.release();
      redraw();
    },
  });
  const reset = button({
    label: "Reset",
    icon: "reset",
    onPress: () => {
      player.pause();
      state.reset();
      live.say("Reset.");
    },
  });
  const copy = copyAsPyTorch({ code, live });
  const top = stage(inputGrid, outputGrid);

  append(
    root,
    controls(...ranges.map(({ element }) => element)),
    band(formula, ...lines),
    top,
    player,
    explanation,
    actions(reset, copy.button),
    copy.field,
    live,
  );

  function redraw() {
    view = read();
    const { axis, words, extent, count, padded, gone, output, remainder, pinned } = view;
    const { input, kernel, padding, stride, dilation } = axis;
    setVariable(top, "--across", padded + count);
    setVariable(top, "--across-narrow", padded + (padded < largestPadded ? 1 : 0));

    /** @type {Record<string, [min: number, max: number]>} */
    const limits = {
      input: [Math.max(1, extent - 2 * padding), largestPadded - 2 * padding],
      kernel: [1, Math.floor((padded - 1) / dilation) + 1],
      padding: [Math.max(0, Math.ceil((extent - input) / 2)), Math.floor((largestPadded - input) / 2)],
      stride: [1, largestStep],
      // One weight alone has no neighbor to be apart from.
      dilation: [1, kernel === 1 ? dilation : largestDilation(padded, kernel)],
    };
    settings.forEach(([key], index) => {
      const [min, max] = limits[key];
      ranges[index].set({ value: axis[key], min, max });
      setText(letters[key], String(axis[key]));
    });
    view.rest.forEach((part, index) => setText(rest[index], part));
    setText(total, String(count));
    words.forEach((sentence, index) => setText(lines[index], sentence));
    lines[1].classList.toggle("is-lost", [...gone].some((place) => within(place, input)));

    const size = `${input} × ${input}`;
    inputGrid.setCaption(`Input ${size}${padding ? `, padded to ${padded} × ${padded}` : ""}`);
    inputGrid.render(
      padded,
      padded,
      (row, column) => {
        const inside = within(row - padding, input) && within(column - padding, input);
        const left = gone.has(row - padding) || gone.has(column - padding);
        const text = inside ? "1" : "0";
        return {
          text,
          kind: `${inside ? "" : "is-padding"}${left ? " is-unread" : ""}`,
          label: `${text}${inside ? "" : ", padding"}${left ? ", never read" : ""}`,
        };
      },
      padding,
    );
    const index = (/** @type {number} */ place) => formatNumber(place - padding);
    inputGrid.setRulers(index, index);
    outputGrid.setCaption(`Output ${count} × ${count}`);
    outputGrid.render(count, count, (row, column) => ({ text: String(output[row][column]) }));
    outputGrid.setRulers(String, String);
    outputGrid.select(pinned);

    ruler.setAttribute("viewBox", `0 0 ${padded} ${count * line}`);
    bars = Array.from({ length: count }, (_, window) => {
      const y = window * line + 0.08;
      const left = window * stride;
      const height = line - 0.16;
      return s(
        "g",
        { class: "cnn-bar" },
        s("rect", { x: left + 0.06, y, width: extent - 0.12, height, rx: 0.1 }),
        s("path", {
          d: Array.from({ length: kernel }, (_tap, tap) => `M${left + tap * dilation + 0.05} ${y + 0.06}h.9v${height - 0.12}h-.9z`).join(""),
        }),
        text(left - 0.14, y + height - 0.05, String(window)),
      );
    });
    const end = padded - remainder;
    ruler.replaceChildren(
      ...bars,
      ...(remainder && !(player.playing && pinned.column + 1 < count)
        ? [
            s("rect", { class: "cnn-rest", x: end + 0.06, y: (count - 1) * line + 0.08, width: remainder - 0.12, height: line - 0.16, rx: 0.1 }),
          ]
        : []),
    );
    player.set({ index: pinned.column, count });
    copy.stale();
    show(cursor.target);
  }

  /**
   * Lights what belongs to the target in every view.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const { axis, windows, extent, count, output, padded, pinned } = view;
    const { stride, padding } = axis;
    let at = pinned;
    if (target?.view === "output" && output[target.row]?.[target.column] !== undefined) at = target;
    if (target?.view === "ruler" && target.column < count) at = { row: pinned.row, column: target.column };
    const pixel =
      target?.view === "input" && target.row < padded && target.column < padded ? target : null;
    const [down, across] = [windows[at.row], windows[at.column]];

    inputGrid.frame("window", {
      row: at.row * stride,
      column: at.column * stride,
      rows: extent,
      columns: extent,
    });
    inputGrid.mark(
      "window",
      down.flatMap((row) => across.map((column) => ({ row: row + padding, column: column + padding }))),
    );
    inputGrid.mark("cursor", pixel ? [pixel] : []);
    outputGrid.frame("output", at);

    const users = [pixel?.row, pixel?.column].map((place) =>
      place === undefined
        ? []
        : windows.flatMap((reads, window) => (reads.includes(place - padding) ? [window] : [])),
    );
    outputGrid.mark(
      "user",
      users[0].flatMap((row) => users[1].map((column) => ({ row, column }))),
    );
    bars.forEach((bar, window) => {
      bar.classList.toggle("is-lit", window === at.column);
      bar.classList.toggle("is-user", users[1].includes(window));
      bar.classList.toggle("is-pending", player.playing && window > at.column);
    });

    setText(heading, `Output [${at.row}, ${at.column}] = ${output[at.row][at.column]}`);
    setText(rows, `${startText(axis, at.row)}, reads ${listed(down)}`);
    setText(columns, `${startText(axis, at.column)}, reads ${listed(across)}`);
    setText(
      hint,
      pixel
        ? `Place [${formatNumber(pixel.row - padding)}, ${formatNumber(pixel.column - padding)}] is read by ${users[0].length * users[1].length} of ${count * count} windows.`
        : "A window starts at its number times the stride, less the padding. Each output counts the ones that its window reads.",
    );
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  function pin(row, column) {
    player.pause();
    state.update({ position: [row, column] });
    sayWindow();
  }

  function sayWindow() {
    live.say(`${heading.textContent}. Rows: ${rows.textContent}. Columns: ${columns.textContent}.`);
  }

  function code() {
    const { input, kernel, stride, padding, dilation } = view.axis;
    return [
      "import torch",
      "import torch.nn.functional as F",
      "",
      `x = torch.ones(1, 1, ${input}, ${input})`,
      `weight = torch.ones(1, 1, ${kernel}, ${kernel})`,
      `output = F.conv2d(x, weight, stride=${stride}, padding=${padding}, dilation=${dilation})[0, 0]`,
      "print(output.shape)",
      "print(output)",
      "",
    ].join("\n");
  }

  redraw();
  return () => {
    player.dispose();
    copy.dispose();
    state.dispose();
    root.replaceChildren();
  };
}

/**
 * @param {number} padded
 * @param {number} kernel
 */
const largestDilation = (padded, kernel) =>
  kernel === 1 ? largestStep : Math.min(largestStep, Math.floor((padded - 1) / (kernel - 1)));

/**
 * @param {number} place
 * @param {number} size
 */
const within = (place, size) => place >= 0 && place < size;

/** @param {number[]} places */
const listed = (places) => places.map((place) => formatNumber(place)).join(", ");

/**
 * @param {number} x
 * @param {number} y
 * @param {string} content
 */
const text = (x, y, content) => s("text", { x, y, "text-anchor": "end" }, content);
