/**
 * Four ways to fill the border: where every copy comes from, how often each pixel is read, and what
 * a filter makes of the border.
 */
import { crossCorrelate, round } from "../core/correlate.js";
import { formatNumber, formatSum, pythonMatrix, pythonNumber } from "../core/format.js";
import { clamp, generate, largest, places, replaced, shape } from "../core/matrix.js";
import {
  axisCounts,
  pad,
  paddingLimit,
  paddingModes,
  readCounts,
  sourceFormula,
  sourceIndex,
} from "../core/padding.js";
import { createState } from "../model.js";
import { button, choice, range } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { append, h, s, setVariable } from "../ui/dom.js";
import { createGrid, numberCell, placeText } from "../ui/grid.js";
import { actions, band, controls, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";

/** @typedef {import("../core/matrix.js").Matrix} Matrix */
/** @typedef {import("../core/padding.js").PaddingMode} PaddingMode */
/** @typedef {import("../ui/cursor.js").Target} Target */
/** @typedef {{row: number, column: number}} Place */
/** @typedef {"counts" | "blur" | "edges"} Beside */

export const name = "padding-modes";

const largestPadded = 12;
const largestKernel = 5;

/** @type {Record<PaddingMode, string>} */
const modeHints = {
  zeros: "nothing there",
  reflect: "mirror at the border pixel",
  replicate: "repeat the border pixel",
  circular: "go on at the other side",
};

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const keys = ["input", "padding", "mode", "kernel_size", "beside", "position"];
  const live = createLive();
  const state = createState(model, keys, redraw);
  const cursor = createCursor(show);

  /** Everything that follows from the settings, worked out once for each change. */
  let view = read();

  function read() {
    /** @type {Matrix} */
    const input = state.get("input");
    const [height, width] = shape(input);
    /** @type {PaddingMode} */
    const mode = paddingModes.includes(state.get("mode")) ? state.get("mode") : "zeros";
    const padding = clamp(state.get("padding") ?? 1, 0, largestPadding(input, mode));
    const largestSize = Math.min(largestKernel, Math.min(height, width) + 2 * padding);
    const size = clamp(state.get("kernel_size") ?? 3, 1, largestSize);
    /** @type {Beside} */
    const beside = ["blur", "edges"].includes(state.get("beside")) ? state.get("beside") : "counts";
    const padded = pad(input, padding, mode);
    const [row = -1, column = -1] = state.get("position") ?? [];
    return {
      input,
      height,
      width,
      mode,
      padding,
      size,
      largestSize,
      beside,
      padded,
      result:
        beside === "counts"
          ? readCounts(height, width, { kernel: size, padding, mode })
          : filtered(padded, size, beside),
      pinned: {
        row: clamp(row, -padding, height - 1 + padding),
        column: clamp(column, -padding, width - 1 + padding),
      },
    };
  }

  const grid = createGrid({
    view: "padded",
    caption: "Padded image",
    cursor,
    kind: "cnn-grid-input",
    rulers: true,
    onPress: pin,
    onEdit: (row, column, value) => {
      const { input, padding } = view;
      state.update({ input: replaced(input, row - padding, column - padding, value) });
      live.say(`Pixel ${index(row - padding, column - padding)} is now ${formatNumber(value)}.`);
    },
  });
  const links = s("g", {});
  grid.svg.append(links);
  const besideGrid = createGrid({
    view: "beside",
    caption: "",
    cursor,
    kind: "cnn-grid-beside",
    onPress: pinBeside,
  });
  const besideNote = h("p", { class: "cnn-beside-note" });
  besideGrid.element.append(besideNote);

  const heading = h("p", { class: "cnn-band-title" });
  const lines = h("dl", { class: "cnn-lines" });
  const hint = h("p", { class: "cnn-hint" });

  const modeChoice = choice({
    label: "Padding mode",
    choices: paddingModes.map((mode) => ({ value: mode, label: mode, hint: modeHints[mode] })),
    onInput: (mode) => {
      state.update({ mode, padding: Math.min(view.padding, largestPadding(view.input, mode)) });
      live.say(`Padding mode ${mode}: ${modeHints[mode]}.`);
    },
  });
  const paddingRange = range({
    label: "Padding",
    text: (value) => `${value} per side`,
    onInput: (padding) => state.update({ padding }),
    onCommit: () => live.say(`The padded image is ${sizeText(view.padded)}.`),
  });
  const sizeRange = range({
    label: "Kernel size",
    text: (value) => `${value} × ${value}`,
    onInput: (size) => state.update({ kernel_size: size }),
    onCommit: () => live.say(summary()),
  });
  const besideChoice = choice({
    label: "Beside it",
    choices: [
      { value: "counts", label: "How often read" },
      { value: "blur", label: "Blurred" },
      { value: "edges", label: "Edges" },
    ],
    onInput: (beside) => {
      state.update({ beside });
      live.say(summary());
    },
  });
  const reset = button({
    label: "Reset",
    icon: "reset",
    onPress: () => {
      state.reset();
      live.say("Reset.");
    },
  });
  const copy = copyAsPyTorch({ code, live });
  const top = stage(grid, besideGrid);
  const explanation = band(heading, lines, hint);
  explanation.classList.add("is-split");

  append(
    root,
    controls(modeChoice),
    top,
    explanation,
    controls(paddingRange, sizeRange, besideChoice),
    actions(reset, copy.button),
    copy.field,
    live,
  );

  function redraw() {
    view = read();
    const { input, height, width, mode, padding, size, largestSize, beside, padded, result } = view;
    const [rows, columns] = shape(padded);
    const [resultRows, resultColumns] = shape(result);
    setVariable(top, "--across", columns + resultColumns);
    setVariable(top, "--across-narrow", columns + (columns < largestPadded ? 1 : 0));

    const limit = largest(padded);
    grid.setCaption(`Image ${sizeText(input)}, padded to ${sizeText(padded)}`);
    grid.render(
      rows,
      columns,
      (row, column) => {
        const value = input[row - padding]?.[column - padding];
        const cell = numberCell(padded[row][column], limit);
        if (value !== undefined) return { ...cell, value };
        return { ...cell, kind: mode === "zeros" ? "is-padding" : "is-copy" };
      },
      padding,
    );
    grid.setRulers(
      (row) => formatNumber(row - padding),
      (column) => formatNumber(column - padding),
    );
    grid.frame("image", { row: padding, column: padding, rows: height, columns: width });
    grid.select({ row: view.pinned.row + padding, column: view.pinned.column + padding });

    const resultLimit = largest(result);
    besideGrid.setCaption(
      {
        counts: `How often a ${size} × ${size} kernel reads each pixel`,
        blur: `Mean of each ${size} × ${size} window`,
        edges: `Right minus left, ${size} × ${size}`,
      }[beside],
    );
    besideGrid.render(resultRows, resultColumns, (row, column) => ({
      ...numberCell(result[row][column], resultLimit),
      text: formatNumber(result[row][column], 2),
    }));
    besideGrid.mark("touching", beside === "counts" ? [] : places(result).filter(touchesBorder));
    besideNote.textContent = summary();

    modeChoice.set(mode);
    paddingRange.set({ value: padding, min: 0, max: largestPadding(input, mode) });
    sizeRange.set({ value: size, min: 1, max: largestSize });
    besideChoice.set(beside);
    copy.stale();
    show(cursor.target);
  }

  /**
   * Lights what belongs to the target in every view.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const { padding, beside, result, padded, input, size } = view;
    if (target?.view === "beside" && result[target.row]?.[target.column] === undefined) target = null;
    if (target?.view === "padded" && padded[target.row]?.[target.column] === undefined) target = null;

    if (target?.view === "beside" && beside !== "counts") {
      showOutput(target);
      return;
    }
    const at =
      target === null
        ? view.pinned
        : target.view === "beside"
          ? { row: target.row, column: target.column }
          : { row: target.row - padding, column: target.column - padding };
    const source = sourceOf(at);
    const own = input[at.row]?.[at.column] !== undefined;
    const copies = own ? copiesOf(at) : [];

    grid.frame("window", null);
    grid.frame("output", own ? null : box(at, 1));
    grid.frame("source", source ? box(source, 1) : null);
    grid.mark("copied", copies.map(onGrid));
    drawLinks(own ? copies.map((place) => [place, at]) : source ? [[at, source]] : []);
    besideGrid.frame(
      "output",
      beside === "counts" && source ? source : null,
    );
    besideGrid.mark(
      "user",
      beside === "counts" || target === null
        ? []
        : places(result).filter(
            ({ row, column }) =>
              within(at.row + padding - row, size) && within(at.column + padding - column, size),
          ),
    );
    explainPlace(at, source, copies.length);
  }

  /**
   * An output of a filter: its window on the padded image.
   *
   * @param {Place} output
   */
  function showOutput({ row, column }) {
    const { padding, size, beside, result } = view;
    grid.frame("window", { row, column, rows: size, columns: size });
    grid.frame("output", null);
    grid.frame("source", null);
    grid.mark("copied", []);
    drawLinks([]);
    besideGrid.mark("user", []);
    besideGrid.frame("output", { row, column });

    const window = generate(size, size, (a, b) => view.padded[row + a][column + b]);
    const value = result[row][column];
    heading.textContent = `Output at ${placeText(row, column)}`;
    if (beside === "blur") {
      const total = round(window.flat().reduce((sum, item) => sum + item, 0));
      const exact = Math.abs(value - round(total / size ** 2)) < 1e-9 && Number(value.toFixed(2)) === value;
      setLines([
        ["sum", `${formatSum(window.flat())} = ${formatNumber(total)}`],
        ["mean", `${formatNumber(total)} / ${size * size} ${exact ? "=" : "≈"} `, formatNumber(value, 2)],
      ]);
    } else {
      const weights = edgeWeights(size);
      const parts = window.flatMap((line) =>
        line.flatMap((item, b) => (weights[b] === 0 ? [] : [item * weights[b]])),
      );
      setLines([["right − left", `${parts.length ? formatSum(parts) : "0"} = `, formatNumber(value)]]);
    }
    const outside = window
      .flatMap((_line, a) => window.map((_item, b) => ({ row: row + a - padding, column: column + b - padding })))
      .filter((place) => view.input[place.row]?.[place.column] === undefined).length;
    hint.textContent = outside
      ? `${outside} of the ${size * size} values under this window are padding, not image.`
      : "This window lies wholly inside the image: the padding mode makes no difference to it.";
  }

  /**
   * @param {Place} at counted from the image's first pixel
   * @param {Place | null} source
   * @param {number} copies
   */
  function explainPlace(at, source, copies) {
    const { height, width, mode, padding, size, beside, input } = view;
    const own = input[at.row]?.[at.column] !== undefined;
    const rowMap = sourceFormula(at.row, height, mode);
    const columnMap = sourceFormula(at.column, width, mode);
    heading.textContent = own ? `Pixel ${index(at.row, at.column)}` : `Place ${index(at.row, at.column)} in the border`;
    if (!source) {
      setLines([["value", "", "0"]]);
      hint.textContent = "Outside the image, and the mode is zeros: this place copies nothing.";
      return;
    }
    const value = formatNumber(input[source.row][source.column]);
    if (own) {
      const rows = axisCounts(height, size, padding, mode, 1)[at.row];
      const columns = axisCounts(width, size, padding, mode, 1)[at.column];
      setLines([
        ["value", `x[${at.row}, ${at.column}] = ${value}`],
        ...(beside === "counts"
          ? [/** @type {Line} */ (["read", `${rows} · ${columns} = `, `${rows * columns}`])]
          : []),
      ]);
      hint.textContent =
        (copies === 0
          ? "No border place copies this pixel."
          : copies === 1
            ? "One border place copies this pixel."
            : `${copies} border places copy this pixel.`) +
        (beside === "counts"
          ? ` It is read in ${rows} rows of windows times ${columns} columns of windows, copies counted.`
          : "");
      return;
    }
    setLines([
      ["row", rowMap ?? `${at.row} stays ${source.row}`],
      ["column", columnMap ?? `${at.column} stays ${source.column}`],
      ["value", `x[${source.row}, ${source.column}] = `, value],
    ]);
    hint.textContent = {
      zeros: "",
      reflect: "The image is mirrored at its border pixel, which itself is not repeated.",
      replicate: "The nearest border pixel is repeated outward.",
      circular: "The image goes on at its other side, as if it were rolled into a tube.",
    }[mode];
  }

  /** @typedef {[label: string, text: string, result?: string]} Line */

  /** @param {Line[]} list */
  function setLines(list) {
    lines.replaceChildren(
      ...list.flatMap(([label, text, result]) => [
        h("dt", {}, label),
        h("dd", {}, text, result === undefined ? null : h("b", {}, result)),
      ]),
    );
  }

  /** @param {[from: Place, to: Place][]} pairs */
  function drawLinks(pairs) {
    links.replaceChildren(
      ...pairs.flatMap(([from, to]) => {
        const a = center(onGrid(from));
        const b = center(onGrid(to));
        const length = Math.hypot(b.x - a.x, b.y - a.y);
        // Bent to one side, so that the line does not lie on the numbers between its ends.
        const bend = 0.28;
        const x = (a.x + b.x) / 2 - bend * (b.y - a.y);
        const y = (a.y + b.y) / 2 + bend * (b.x - a.x);
        const start = toward(a, { x, y }, Math.min(0.36, length / 3));
        const end = toward(b, { x, y }, Math.min(0.36, length / 3));
        return [
          s("path", { class: "cnn-link", d: `M${start.x} ${start.y}Q${x} ${y} ${end.x} ${end.y}` }),
          s("circle", { class: "cnn-link-end", cx: end.x, cy: end.y, r: 0.1 }),
        ];
      }),
    );
  }

  /** @param {Place} place counted from the image's first pixel */
  function onGrid({ row, column }) {
    return { row: row + view.padding, column: column + view.padding };
  }

  /**
   * @param {Place} place
   * @param {number} side
   */
  function box(place, side) {
    return { ...onGrid(place), rows: side, columns: side };
  }

  /**
   * @param {Place} at
   * @returns {Place | null}
   */
  function sourceOf(at) {
    const row = sourceIndex(at.row, view.height, view.mode);
    const column = sourceIndex(at.column, view.width, view.mode);
    return row === null || column === null ? null : { row, column };
  }

  /** @param {Place} pixel */
  function copiesOf(pixel) {
    const { padding } = view;
    return places(view.padded)
      .map(({ row, column }) => ({ row: row - padding, column: column - padding }))
      .filter((place) => {
        if (place.row === pixel.row && place.column === pixel.column) return false;
        const source = sourceOf(place);
        return source?.row === pixel.row && source.column === pixel.column;
      });
  }

  /** @param {Place} output */
  function touchesBorder({ row, column }) {
    const { padding, size, height, width } = view;
    return (
      row < padding ||
      column < padding ||
      row + size > padding + height ||
      column + size > padding + width
    );
  }

  function summary() {
    const { beside, result } = view;
    const values = result.flat();
    if (beside === "counts") {
      const low = Math.min(...values);
      const high = Math.max(...values);
      return low === high
        ? `Every pixel is read ${low} times, copies counted.`
        : `Between ${low} and ${high} times, copies counted.`;
    }
    const touching = places(result).filter(touchesBorder).length;
    return `${touching} of ${values.length} outputs (dashed) read padding.`;
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  function pin(row, column) {
    const { padding } = view;
    state.update({ position: [row - padding, column - padding] });
    const source = sourceOf(view.pinned);
    const where = index(view.pinned.row, view.pinned.column);
    const value = formatNumber(view.padded[row][column]);
    live.say(
      source
        ? `Place ${where} shows pixel ${index(source.row, source.column)}: ${value}.`
        : `Place ${where} holds 0.`,
    );
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  function pinBeside(row, column) {
    const value = formatNumber(view.result[row][column], 2);
    if (view.beside === "counts") {
      state.update({ position: [row, column] });
      live.say(`Pixel ${index(row, column)} is read ${value} times.`);
    } else {
      live.say(`Output ${placeText(row, column)}: ${value}.`);
    }
  }

  function code() {
    const { input, mode, padding, size, beside } = view;
    const torchMode = mode === "zeros" ? "constant" : mode;
    const counts = beside === "counts";
    return [
      "import torch",
      "import torch.nn.functional as F",
      "",
      `x = torch.tensor(${pythonMatrix(input)}${counts ? ", requires_grad=True" : ""})`,
      `padded = F.pad(x[None, None], (${padding}, ${padding}, ${padding}, ${padding}), mode="${torchMode}")`,
      "print(padded[0, 0].detach())",
      "",
      ...(counts
        ? [
            "# The gradient of the sum of all windows counts how often each pixel is read.",
            `F.conv2d(padded, torch.ones(1, 1, ${size}, ${size})).sum().backward()`,
            "output = x.grad",
          ]
        : beside === "blur"
          ? [
              `kernel = torch.full((${size}, ${size}), 1 / ${size * size})`,
              "output = F.conv2d(padded, kernel[None, None])[0, 0]",
            ]
          : [
              `kernel = torch.tensor([[${edgeWeights(size).map(pythonNumber).join(", ")}]] * ${size})`,
              "output = F.conv2d(padded, kernel[None, None])[0, 0]",
            ]),
      "print(output)",
      "",
    ].join("\n");
  }

  redraw();
  return () => {
    copy.dispose();
    state.dispose();
    root.replaceChildren();
  };
}

/**
 * What the mode allows, and what still fits a table.
 *
 * @param {Matrix} input
 * @param {PaddingMode} mode
 */
function largestPadding(input, mode) {
  const [height, width] = shape(input);
  const room = Math.floor((largestPadded - Math.max(height, width)) / 2);
  return Math.max(0, Math.min(paddingLimit(Math.min(height, width), mode), room));
}

/**
 * @param {Matrix} padded
 * @param {number} size
 * @param {"blur" | "edges"} filter
 * @returns {Matrix}
 */
function filtered(padded, size, filter) {
  if (filter === "edges") return crossCorrelate(padded, generate(size, size, (_, b) => edgeWeights(size)[b]));
  const sums = crossCorrelate(padded, generate(size, size, () => 1));
  return sums.map((line) => line.map((sum) => round(sum / size ** 2)));
}

/**
 * One row of the edge filter: −1 left of the middle, +1 right of it.
 *
 * @param {number} size
 * @returns {number[]}
 */
const edgeWeights = (size) =>
  Array.from({ length: size }, (_, index) => Math.sign(2 * index - (size - 1)) + 0);

/**
 * @param {number} offset
 * @param {number} size
 */
const within = (offset, size) => offset >= 0 && offset < size;

/** @param {Place} place */
const center = ({ row, column }) => ({ x: column + 0.5, y: row + 0.5 });

/**
 * The point at a distance from one point toward another.
 *
 * @param {{x: number, y: number}} from
 * @param {{x: number, y: number}} to
 * @param {number} distance
 */
function toward(from, to, distance) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return {
    x: from.x + ((to.x - from.x) * distance) / length,
    y: from.y + ((to.y - from.y) * distance) / length,
  };
}

/**
 * A place as code writes it, counted from zero: "[−1, 2]".
 *
 * @param {number} row
 * @param {number} column
 */
const index = (row, column) => `[${formatNumber(row)}, ${formatNumber(column)}]`;

/** @param {Matrix} matrix */
const sizeText = (matrix) => shape(matrix).join(" × ");
