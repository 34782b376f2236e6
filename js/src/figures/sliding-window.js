/**
 * The sliding window: a kernel over an input, position by position, every product and every sum.
 */
import { crossCorrelate, terms } from "../core/correlate.js";
import { formatNumber, longestProduct, pythonMatrix } from "../core/format.js";
import { outputSize } from "../core/geometry.js";
import { clamp, generate, largest, replaced, resized, shape, turn180 } from "../core/matrix.js";
import { pad } from "../core/padding.js";
import { createState } from "../model.js";
import { button, choice, range } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { append, h, reducedMotion, setText, setVariable } from "../ui/dom.js";
import { createFormula } from "../ui/formula.js";
import { createGrid, numberCell, placeText } from "../ui/grid.js";
import { actions, band, controls, operator, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";
import { createPlayer } from "../ui/player.js";

/** @typedef {import("../core/matrix.js").Matrix} Matrix */
/** @typedef {import("../ui/cursor.js").Target} Target */

export const name = "sliding-window";

const largestInput = 12;
const largestKernel = 7;
const largestStride = 4;

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const keys = ["input", "kernel", "flip", "padding", "stride", "position", "controls"];
  const live = createLive();
  const state = createState(model, keys, redraw);
  const cursor = createCursor(show);
  const start = read();

  /** Everything that follows from the settings, worked out once for each change. */
  let view = start;

  function read() {
    /** @type {Matrix} */
    const input = state.get("input");
    const [height, width] = shape(input);
    const padding = clamp(state.get("padding") ?? 0, 0, largestPadding(height, width));
    const room = Math.min(height, width) + 2 * padding;
    /** @type {Matrix} */
    const kernel = state
      .get("kernel")
      .slice(0, height + 2 * padding)
      .map((/** @type {number[]} */ row) => row.slice(0, width + 2 * padding));
    const [kernelHeight, kernelWidth] = shape(kernel);
    const stride = clamp(state.get("stride") ?? 1, 1, largestStride);
    const flip = Boolean(state.get("flip"));
    const used = flip ? turn180(kernel) : kernel;
    const padded = pad(input, padding);
    const rows = outputSize(height, kernelHeight, stride, padding);
    const columns = outputSize(width, kernelWidth, stride, padding);
    const [row = 0, column = 0] = state.get("position") ?? [];
    return {
      input,
      kernel,
      used,
      flip,
      padding,
      stride,
      padded,
      room,
      output: crossCorrelate(padded, used, { stride }),
      rows,
      columns,
      longest: longestProduct(padded, used),
      pinned: { row: clamp(row, 0, rows - 1), column: clamp(column, 0, columns - 1) },
    };
  }

  /**
   * The padded input must still fit a table.
   *
   * @param {number} height
   * @param {number} width
   */
  function largestPadding(height, width) {
    return Math.max(0, Math.floor((largestInput - Math.max(height, width)) / 2));
  }

  const inputGrid = createGrid({
    view: "input",
    caption: "Input",
    cursor,
    kind: "cnn-grid-input",
    onEdit: (row, column, value) => {
      const { input, padding } = view;
      state.update({ input: replaced(input, row - padding, column - padding, value) });
      sayEdit("Input", row, column, value);
    },
  });
  const kernelGrid = createGrid({
    view: "kernel",
    caption: "Kernel",
    cursor,
    kind: "cnn-grid-kernel",
    onEdit: (row, column, value) => {
      const edited = replaced(view.used, row, column, value);
      state.update({ kernel: view.flip ? turn180(edited) : edited });
      sayEdit("Kernel", row, column, value);
    },
  });
  const outputGrid = createGrid({
    view: "output",
    caption: "Output",
    cursor,
    kind: "cnn-grid-output",
    onPress: (row, column) => {
      player.pause();
      state.update({ position: [row, column] });
      saySum();
    },
  });
  const sign = operator("⋆", "cross-correlated with");
  const formula = createFormula({ cursor, view: "kernel" });
  const heading = h("p", { class: "cnn-band-title" });
  const hint = h("p", { class: "cnn-hint" });

  const player = createPlayer({
    label: "Window position",
    text: (index) =>
      `${placeText(Math.floor(index / view.columns), index % view.columns)} of ${view.rows} × ${view.columns}`,
    onStep: (index) => {
      state.update({ position: [Math.floor(index / view.columns), index % view.columns] });
    },
    onCommit: saySum,
    onPlay: (playing) => {
      live.silent = playing;
      cursor.release();
      redraw();
    },
  });
  const flipChoice = choice({
    label: "Operation",
    choices: [
      { value: "plain", label: "Cross-correlation", hint: "what networks compute" },
      { value: "turned", label: "Convolution", hint: "kernel turned by 180°" },
    ],
    onInput: (value) => {
      state.update({ flip: value === "turned" });
      turnKernel();
      saySum();
    },
  });
  const inputSize = range({
    label: "Input size",
    text: (value) => `${value} × ${value}`,
    onInput: (value) =>
      state.update({ input: resized(view.input, value, value, fillInput) }),
    onCommit: saySizes,
  });
  const kernelSize = range({
    label: "Kernel size",
    text: (value) => `${value} × ${value}`,
    onInput: (value) =>
      state.update({ kernel: resized(view.kernel, value, value, fillKernel) }),
    onCommit: saySizes,
  });
  const paddingRange = range({
    label: "Padding",
    text: (value) => `${value} per side`,
    onInput: (padding) => state.update({ padding }),
    onCommit: saySizes,
  });
  const strideRange = range({
    label: "Stride",
    onInput: (stride) => state.update({ stride }),
    onCommit: saySizes,
  });
  const random = button({
    label: "Random numbers",
    icon: "shuffle",
    onPress: () => {
      const [height, width] = shape(view.input);
      const [kernelHeight, kernelWidth] = shape(view.kernel);
      state.update({
        input: generate(height, width, () => Math.floor(Math.random() * 4)),
        kernel: generate(kernelHeight, kernelWidth, () => Math.floor(Math.random() * 5) - 2),
      });
      saySum();
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

  const wanted = new Set(state.get("controls") ?? ["size", "flip", "player"]);
  const settings = controls(
    wanted.has("flip") ? flipChoice : null,
    wanted.has("size") ? inputSize : null,
    wanted.has("size") ? kernelSize : null,
    wanted.has("padding") ? paddingRange : null,
    wanted.has("stride") ? strideRange : null,
  );
  const top = stage(
    inputGrid,
    sign,
    kernelGrid,
    operator("=", "equals"),
    outputGrid,
  );
  append(
    root,
    top,
    band(heading, formula, hint),
    wanted.has("player") ? player : null,
    settings.childElementCount ? settings : null,
    actions(random, reset, copy.button),
    copy.field,
    live,
  );

  /**
   * @param {number} row
   * @param {number} column
   */
  function fillInput(row, column) {
    return start.input[row]?.[column] ?? (3 * row + 5 * column + row * column) % 4;
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  function fillKernel(row, column) {
    return start.kernel[row]?.[column] ?? ((row + 2 * column) % 3) - 1;
  }

  function redraw() {
    view = read();
    const { input, used, padding, padded, output, rows, columns, flip, stride, room } = view;
    const [height, width] = shape(input);
    const [kernelHeight, kernelWidth] = shape(used);
    const [paddedHeight, paddedWidth] = shape(padded);
    const across = paddedWidth + kernelWidth + columns;
    const acrossNarrow = Math.max(paddedWidth, kernelWidth + columns + 2);
    setVariable(top, "--across", across);
    setVariable(top, "--across-narrow", acrossNarrow);
    top.classList.toggle("has-notes", across <= 17);
    top.classList.toggle("has-notes-narrow", acrossNarrow <= 8);

    inputGrid.setCaption(`Input ${height} × ${width}`);
    inputGrid.render(
      paddedHeight,
      paddedWidth,
      (row, column) => {
        const value = input[row - padding]?.[column - padding];
        return value === undefined
          ? { text: "0", kind: "is-padding" }
          : { text: formatNumber(value), value };
      },
      padding,
    );
    const kernelLimit = largest(used);
    kernelGrid.setCaption(`Kernel ${kernelHeight} × ${kernelWidth}${flip ? ", turned" : ""}`);
    kernelGrid.render(kernelHeight, kernelWidth, (row, column) => ({
      ...numberCell(used[row][column], kernelLimit),
      value: used[row][column],
    }));
    kernelGrid.frame("window", { row: 0, column: 0, rows: kernelHeight, columns: kernelWidth });
    if (wanted.has("flip")) {
      kernelGrid.mark("first", flip ? [] : [{ row: 0, column: 0 }]);
      kernelGrid.mark("first-turned", flip ? [{ row: kernelHeight - 1, column: kernelWidth - 1 }] : []);
    }
    const outputLimit = largest(output);
    outputGrid.setCaption(`Output ${rows} × ${columns}`);
    outputGrid.render(rows, columns, (row, column) => numberCell(output[row][column], outputLimit));
    outputGrid.select(view.pinned);
    const index = view.pinned.row * columns + view.pinned.column;
    outputGrid.mark("pending", player.playing ? places(rows, columns).slice(index + 1) : []);

    sign.textContent = flip ? "∗" : "⋆";
    sign.setAttribute("aria-label", flip ? "convolved with" : "cross-correlated with");
    player.set({ index, count: rows * columns });
    flipChoice.set(flip ? "turned" : "plain");
    const side = Math.max(kernelHeight, kernelWidth);
    inputSize.set({
      value: Math.max(height, width),
      min: Math.max(2, side - 2 * padding),
      max: largestInput - 2 * padding,
    });
    // A kernel may be longer than the input's shorter side, if it is not square either.
    kernelSize.set({ value: side, min: 1, max: Math.max(side, Math.min(largestKernel, room)) });
    paddingRange.set({
      value: padding,
      min: Math.ceil(Math.max(0, kernelHeight - height, kernelWidth - width) / 2),
      max: Math.min(largestPadding(height, width), Math.max(side - 1, 0, padding)),
    });
    strideRange.set({ value: stride, min: 1, max: Math.max(stride, Math.min(largestStride, room - side + 1)) });
    copy.stale();
    show(cursor.target);
  }

  /**
   * Lights what belongs to the target in every view.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const { used, padded, output, stride, rows, columns, pinned } = view;
    const [kernelHeight, kernelWidth] = shape(used);
    const at = target?.view === "output" && inside(target, output) ? target : pinned;
    const corner = { row: at.row * stride, column: at.column * stride };
    const list = terms(padded, used, at.row, at.column, stride);
    const result = output[at.row][at.column];

    inputGrid.frame("window", { ...corner, rows: kernelHeight, columns: kernelWidth });
    inputGrid.mark("window", list);
    inputGrid.notes(
      kernelWidth <= 5
        ? list.map(({ row, column, weight }) => ({ row, column, text: `×${formatNumber(weight)}` }))
        : [],
    );
    outputGrid.frame("output", at);
    formula.render(list, kernelWidth, result, view.longest);
    setText(heading, `Output at ${placeText(at.row, at.column)}`);

    /** @type {number | null} */
    let term = null;
    /** @type {{row: number, column: number}[]} */
    let reach = [];
    /** @type {{row: number, column: number}[]} */
    let users = [];
    let text = `The window covers rows ${corner.row} to ${corner.row + kernelHeight - 1} and columns ${corner.column} to ${corner.column + kernelWidth - 1} of the input. Each value is multiplied by the weight on it, and the products are added.`;
    if (target?.view === "input" && inside(target, padded)) {
      const a = target.row - corner.row;
      const b = target.column - corner.column;
      if (inside({ row: a, column: b }, used)) term = a * kernelWidth + b;
      users = places(rows, columns).filter(({ row, column }) =>
        inside({ row: target.row - row * stride, column: target.column - column * stride }, used),
      );
      text = `This input value takes part in ${users.length} of ${rows * columns} outputs, each time under another weight.`;
      if (users.length === 1) text = `This input value takes part in 1 of ${rows * columns} outputs.`;
      if (users.length === 0) text = "No window reaches this input value.";
    }
    if (target?.view === "kernel" && inside(target, used)) {
      term = target.row * kernelWidth + target.column;
      reach = places(rows, columns).map(({ row, column }) => ({
        row: row * stride + target.row,
        column: column * stride + target.column,
      }));
      text = `As the window slides, the weight ${formatNumber(used[target.row][target.column])} meets each of the ${reach.length} dotted input values once.`;
      if (reach.length === 1) text = `The weight ${formatNumber(used[target.row][target.column])} meets one input value only.`;
    }
    const lit = term === null ? null : list[term];
    inputGrid.mark("cursor", target?.view === "input" ? [target] : lit ? [lit] : []);
    inputGrid.mark("reach", reach);
    kernelGrid.mark("cursor", lit ? [{ row: lit.weightRow, column: lit.weightColumn }] : []);
    outputGrid.mark("user", users);
    formula.mark(term);
    setText(hint, text);
  }

  /**
   * @param {{row: number, column: number}} place
   * @param {Matrix} matrix
   */
  function inside({ row, column }, matrix) {
    return matrix[row]?.[column] !== undefined;
  }

  /**
   * @param {number} rows
   * @param {number} columns
   */
  function places(rows, columns) {
    return Array.from({ length: rows * columns }, (_, index) => ({
      row: Math.floor(index / columns),
      column: index % columns,
    }));
  }

  /** The kernel is seen to turn: from where its weights stood to where they stand now. */
  function turnKernel() {
    if (reducedMotion()) return;
    kernelGrid.table.tBodies[0].animate?.([{ transform: "rotate(-180deg)" }, { transform: "none" }], {
      duration: 500,
      easing: "ease-in-out",
    });
  }

  function saySum() {
    const { row, column } = view.pinned;
    live.say(`${capital(placeText(row, column))}: sum ${formatNumber(view.output[row][column])}.`);
  }

  function saySizes() {
    live.say(`The output is ${view.rows} × ${view.columns}.`);
  }

  /**
   * @param {string} what
   * @param {number} row
   * @param {number} column
   * @param {number} value
   */
  function sayEdit(what, row, column, value) {
    const { pinned, output } = view;
    live.say(
      `${what} ${placeText(row, column)} is now ${formatNumber(value)}; the sum at ${placeText(pinned.row, pinned.column)} is ${formatNumber(output[pinned.row][pinned.column])}.`,
    );
  }

  function code() {
    const { input, kernel, flip, padding, stride } = view;
    return [
      "import torch",
      "import torch.nn.functional as F",
      "",
      `x = torch.tensor(${pythonMatrix(input)})`,
      `kernel = torch.tensor(${pythonMatrix(kernel)})`,
      ...(flip
        ? ["# torch does not turn the kernel; for the true convolution turn it by 180 degrees", "kernel = kernel.flip(0, 1)"]
        : []),
      "# conv2d wants (batch, channels, height, width): put two axes in front, take them off again",
      `output = F.conv2d(x[None, None], kernel[None, None], stride=${stride}, padding=${padding})[0, 0]`,
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

/** @param {string} text */
const capital = (text) => text[0].toUpperCase() + text.slice(1);
