/**
 * A convolution as a matrix: each row of C is a window, each column all uses of one pixel; and its
 * transpose, which brings every output back to the pixels that it read.
 */
import {
  allowed,
  entries,
  largestKernel,
  largestSide,
  largestStep,
  legal,
  multiply,
  outputShape,
  summary,
} from "../core/conv-matrix.js";
import { round } from "../core/correlate.js";
import { formatNumber, longestProduct, pythonMatrix } from "../core/format.js";
import { clamp, generate, replaced, resized, shape } from "../core/matrix.js";
import { createState } from "../model.js";
import { button, choice, range } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { h, setText } from "../ui/dom.js";
import { createFormula } from "../ui/formula.js";
import { createGrid } from "../ui/grid.js";
import { actions, band, controls, operator, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";

/** @typedef {import("../core/conv-matrix.js").Entry} Entry */
/** @typedef {import("../core/conv-matrix.js").Geometry} Geometry */
/** @typedef {import("../core/matrix.js").Matrix} Matrix */
/** @typedef {import("../ui/cursor.js").Target} Target */
/** @typedef {import("../ui/grid.js").CellView} CellView */

export const name = "conv-matrix";

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const keys = ["input", "kernel", "stride", "padding", "dilation", "transpose", "y", "position"];
  const live = createLive();
  const state = createState(model, keys, redraw);
  const cursor = createCursor(show);
  const start = read();

  /** Everything that follows from the settings, worked out once for each change. */
  let now = start;

  function read() {
    const [stride, padding, dilation] = ["stride", "padding", "dilation"].map(state.get);
    const { input, kernel, geometry } = legal({
      input: state.get("input"),
      kernel: state.get("kernel"),
      stride,
      padding,
      dilation,
    });
    const { height, width } = geometry;
    const [rows, columns] = outputShape(geometry);
    const list = entries(geometry);
    const weights = kernel.flat();
    const transpose = Boolean(state.get("transpose"));
    /** @type {Matrix | null} */
    const given = state.get("y");
    const fits = transpose && given && String(shape(given)) === String([rows, columns]);
    const product = multiply(list, weights, input.flat(), rows * columns);
    const y = fits ? given.flat() : product;
    const x = transpose ? multiply(list, weights, y, height * width, "i", "j") : input.flat();
    const [row = 0, column = 0] = state.get("position") ?? [];
    // Of the picture and the output, one is multiplied and the other the result.
    const across = transpose ? [height, width] : [rows, columns];
    return {
      ...{ input, kernel, geometry, height, width, rows, columns, list, weights, transpose, x, y },
      pinned: clamp(row, 0, across[0] - 1) * across[1] + clamp(column, 0, across[1] - 1),
    };
  }

  const picture = createGrid({
    view: "picture",
    caption: "",
    cursor,
    kind: "cnn-grid-input",
    onPress: (row, column) => now.transpose && pin(row, column),
    onEdit: (row, column, value) => edit("input", now.input, row, column, value),
  });
  const kernelGrid = createGrid({
    view: "kernel",
    caption: "",
    cursor,
    onEdit: (row, column, value) => edit("kernel", now.kernel, row, column, value),
  });
  const output = createGrid({
    view: "output",
    caption: "",
    cursor,
    limit: 9999,
    onPress: (row, column) => now.transpose || pin(row, column),
    onEdit: (row, column, value) => edit("y", folded(now.y, now.columns), row, column, value),
  });
  const matrix = createGrid({
    view: "matrix",
    caption: "",
    cursor,
    onPress: (row, column) => {
      const { i, j } = meaning({ view: "matrix", row, column });
      const [at, across] = now.transpose ? [j, now.width] : [i, now.columns];
      if (at !== undefined) pin(Math.floor(at / across), at % across);
    },
  });
  const signs = [operator("", ""), operator("", "")];
  const formula = createFormula({ cursor, view: "term" });
  const heading = h("p", { class: "cnn-band-title" });
  const hint = h("p", { class: "cnn-hint" });
  const counted = h("p", { class: "cnn-counted" });

  const direction = choice({
    label: "Product",
    choices: [
      { value: "forward", label: "C·x", hint: "the convolution" },
      { value: "back", label: "Cᵀ·y", hint: "transposed" },
    ],
    onInput: (value) => {
      state.update({ transpose: value === "back" });
      say();
    },
  });
  const example = choice({
    label: "Input",
    choices: [
      { value: "row", label: "one row" },
      { value: "picture", label: "a picture" },
    ],
    onInput: (value) => {
      const sides = value === "row" ? [1, 8, 1, 3] : [4, 4, 2, 2];
      const kept = (start.height === 1) === (value === "row");
      state.update({
        input: kept ? start.input : generate(sides[0], sides[1], fillInput),
        kernel: kept ? start.kernel : generate(sides[2], sides[3], fillKernel),
        stride: 1,
        padding: 0,
        dilation: 1,
        y: null,
      });
      saySizes();
    },
  });
  const sizes = [
    slider("Input size", "input", largestSide, (side) => {
      const height = now.height > 1 ? side : 1;
      return { input: resized(now.input, height, side, fillInput) };
    }),
    slider("Kernel size", "kernel", largestKernel, (side) => {
      const height = now.height > 1 ? side : 1;
      return { kernel: resized(now.kernel, height, side, fillKernel) };
    }),
    slider("Stride", "stride", largestStep, (stride) => ({ stride })),
    slider("Padding", "padding", largestStep, (padding) => ({ padding })),
    slider("Dilation", "dilation", largestStep, (dilation) => ({ dilation })),
  ];
  const reset = button({
    label: "Reset",
    icon: "reset",
    onPress: () => {
      state.reset();
      live.say("Reset.");
    },
  });
  const copy = copyAsPyTorch({ code, live });
  const top = stage(picture.element, signs[0], kernelGrid.element, signs[1], output.element);

  root.append(
    direction.element,
    top,
    h("div", { class: "cnn-matrix" }, matrix.element),
    counted,
    band(heading, formula.element, hint),
    controls(example.element, ...sizes.map(({ element }) => element)),
    actions(reset.element, copy.button),
    copy.field,
    live.element,
  );

  /**
   * A slider whose ends are the last settings at which the kernel fits and C can be drawn.
   *
   * @param {string} label
   * @param {"input" | "kernel" | "stride" | "padding" | "dilation"} key
   * @param {number} most
   * @param {(value: number) => Record<string, any>} change
   */
  function slider(label, key, most, change) {
    const control = range({
      label,
      onInput: (value) => state.update({ ...change(value), y: null }),
      onCommit: saySizes,
    });
    /**
     * @param {number} value
     * @returns {Partial<Geometry>}
     */
    const changed = (value) => {
      const { height } = now;
      if (key === "input") return { height: height > 1 ? value : 1, width: value };
      if (key === "kernel") return { kernelHeight: height > 1 ? value : 1, kernelWidth: value };
      return { [key]: value };
    };
    return {
      element: control.element,
      set() {
        const { geometry, input, kernel } = now;
        const value = { ...geometry, input: shape(input)[1], kernel: shape(kernel)[1] }[key];
        const fit = Array.from({ length: most + 1 }, (_, at) => at).filter(
          (at) =>
            at === value ||
            (at >= (key === "padding" ? 0 : key === "input" ? 2 : 1) && allowed({ ...geometry, ...changed(at) })),
        );
        control.set({ value, min: fit[0], max: fit[fit.length - 1] });
      },
    };
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  function fillInput(row, column) {
    return (3 * row + 5 * column + row * column + 1) % 4;
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  function fillKernel(row, column) {
    return [1, 2, -1, 3][(row + column) % 4];
  }

  function redraw() {
    now = read();
    const { height, width, kernel, rows, columns, list, weights, transpose, x, y } = now;
    const [kernelHeight, kernelWidth] = shape(kernel);
    const pixels = height * width;
    const outputs = rows * columns;
    top.style.setProperty("--across", String(width + kernelWidth + columns));
    top.style.setProperty("--across-narrow", String(Math.max(width, kernelWidth + columns + 2)));
    root.style.setProperty("--matrix", String(pixels + 1));

    picture.setCaption(`${transpose ? "Cᵀ·y" : "Input x"} ${height} × ${width}`);
    picture.render(height, width, (row, column) => number(x[row * width + column], !transpose));
    kernelGrid.setCaption(`Kernel ${kernelHeight} × ${kernelWidth}`);
    kernelGrid.render(kernelHeight, kernelWidth, (row, column) =>
      weight(row * kernelWidth + column, kernel[row][column]),
    );
    output.setCaption(`${transpose ? "y" : "Output y"} ${rows} × ${columns}`);
    output.render(rows, columns, (row, column) => number(y[row * columns + column], transpose));
    signs[0].textContent = transpose ? "=" : "⋆";
    signs[0].ariaLabel = transpose ? "equals" : "cross-correlated with";
    signs[1].textContent = transpose ? "⋆ᵀ" : "=";
    signs[1].ariaLabel = transpose ? "transposed, applied to" : "equals";

    /** @type {Map<number, number>} */
    const held = new Map(list.map(({ i, j, w }) => [i * pixels + j, w]));
    matrix.setCaption(`C ${outputs} × ${pixels}, x above it, y on its right`);
    matrix.render(outputs + 1, pixels + 1, (line, column) => {
      if (line === 0) {
        return column < pixels
          ? { text: formatNumber(x[column]), kind: "is-x", label: `x${place(column, width)}: ${formatNumber(x[column])}` }
          : { text: "", kind: "is-none", label: "empty" };
      }
      const i = line - 1;
      if (column === pixels) {
        return { text: formatNumber(y[i]), kind: "is-y", label: `y${place(i, columns)}: ${formatNumber(y[i])}` };
      }
      const w = held.get(i * pixels + column);
      return w === undefined ? { text: "0", kind: "is-zero" } : { ...weight(w, weights[w]), value: undefined };
    });
    matrix.notes(list.map(({ i, j, w }) => ({ row: i + 1, column: j, text: letter(w) })));
    kernelGrid.notes(
      weights.map((_, w) => ({ row: Math.floor(w / kernelWidth), column: w % kernelWidth, text: letter(w) })),
    );
    setText(counted, summary(list, outputs * pixels));

    direction.set(transpose ? "back" : "forward");
    example.set(height === 1 ? "row" : "picture");
    for (const size of sizes) size.set();
    formula.element.style.minHeight = `${29 * Math.min(kernelHeight, 3)}px`;
    copy.stale();
    show(cursor.target);
  }

  /**
   * A number of one of the two pictures.
   *
   * @param {number} value
   * @param {boolean} editable
   * @returns {CellView}
   */
  function number(value, editable) {
    return { text: formatNumber(value), value: editable ? value : undefined };
  }

  /**
   * A weight, in the color and with the letter that it has everywhere.
   *
   * @param {number} w
   * @param {number} value
   * @returns {CellView}
   */
  function weight(w, value) {
    const hue = Math.round((360 * w) / now.weights.length);
    return {
      text: formatNumber(value),
      color: `hsl(${hue} var(--weight))`,
      kind: "is-weight",
      label: `${formatNumber(value)}, weight ${letter(w)}`,
      value,
    };
  }

  /**
   * Which output, which pixel and which weight a target stands for.
   *
   * @param {Target | null} target
   * @param {Entry[]} [terms] of the formula
   * @returns {Partial<Entry>}
   */
  function meaning(target, terms = []) {
    if (!target) return {};
    const { view, row, column } = target;
    const { width, columns, kernel, x, y } = now;
    if (view === "picture") return { j: row * width + column };
    if (view === "output") return { i: row * columns + column };
    const across = shape(kernel)[1];
    if (view === "kernel") return { w: row * across + column };
    if (view === "term") return terms[row * across + column] ?? {};
    return {
      i: row > 0 && row <= y.length ? row - 1 : undefined,
      j: column < x.length ? column : undefined,
    };
  }

  /**
   * Lights what belongs to the target in every view.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const { transpose, list, weights, width, columns, x, y, pinned, kernel } = now;
    // The result's axis of C and the other one: rows and columns, or for the transpose vice versa.
    /** @type {["i" | "j", "i" | "j"]} */
    const [to, from] = transpose ? ["j", "i"] : ["i", "j"];
    const [results, sources] = transpose ? [x, y] : [y, x];
    const same = target?.view === "term" ? shownTerms() : [];
    const point = meaning(target, same);
    const at = inside(point[to], results) ? /** @type {number} */ (point[to]) : pinned;
    const other = inside(point[from], sources) ? point[from] : undefined;
    const terms = list.filter((entry) => entry[to] === at);
    const lit = terms.find((entry) => entry[from] === other);
    const users = point[to] === undefined && other !== undefined ? list.filter((entry) => entry[from] === other) : [];
    const weighed = point.w !== undefined && target?.view === "kernel" ? list.filter(({ w }) => w === point.w) : [];
    const [sourceGrid, sourceAcross] = transpose ? [output, columns] : [picture, width];
    const [resultGrid, resultAcross] = transpose ? [picture, width] : [output, columns];
    const onSource = (/** @type {number} */ index) => cellOf(index, sourceAcross);
    const onResult = (/** @type {number} */ index) => cellOf(index, resultAcross);
    const onMatrix = (/** @type {{i: number, j: number}} */ { i, j }) => ({ row: i + 1, column: j });
    const onVector = (/** @type {"i" | "j"} */ axis, /** @type {number} */ index) =>
      onMatrix(axis === "i" ? { i: index, j: x.length } : { i: -1, j: index });

    const focus = other === undefined ? [] : [other];
    sourceGrid.mark("window", terms.map((entry) => onSource(entry[from])));
    sourceGrid.mark("cursor", focus.map(onSource));
    sourceGrid.mark("user", []);
    sourceGrid.frame("output", null);
    resultGrid.mark("window", []);
    resultGrid.mark("cursor", []);
    resultGrid.mark("user", users.map((entry) => onResult(entry[to])));
    resultGrid.frame("output", { ...onResult(at), rows: 1, columns: 1 });
    matrix.frame(
      "window",
      transpose
        ? { row: 1, column: at, rows: y.length, columns: 1 }
        : { row: at + 1, column: 0, rows: 1, columns: x.length },
    );
    matrix.mark("window", terms.map((entry) => onVector(from, entry[from])));
    matrix.mark("result", [onVector(to, at)]);
    matrix.mark("user", [...users.map(onMatrix), ...users.map((entry) => onVector(to, entry[to]))]);
    matrix.mark("cursor", [
      ...focus.map((index) => onVector(from, index)),
      ...(lit ? [onMatrix(lit)] : []),
      ...weighed.map(onMatrix),
    ]);
    const w = lit?.w ?? (weighed.length ? point.w : undefined);
    kernelGrid.mark("cursor", w === undefined ? [] : [cellOf(w, shape(kernel)[1])]);

    formula.render(
      terms.map((entry) => term(entry, sources[entry[from]])),
      shape(kernel)[1],
      results[at],
      longestProduct([sources], [weights]),
    );
    formula.element.classList.toggle("is-empty", terms.length === 0);
    const byWeight = terms.findIndex((entry) => entry.w === w);
    formula.mark(byWeight < 0 ? null : byWeight);
    setText(
      heading,
      transpose
        ? `Column ${at} of C: (Cᵀ·y)${place(at, width)}`
        : `Row ${at} of C: y${place(at, columns)}`,
    );
    setText(hint, sentence());

    function sentence() {
      const times = (/** @type {number} */ count) => `${count} ${count === 1 ? "time" : "times"}`;
      if (weighed.length) {
        return `Weight ${letter(weighed[0].w)} = ${formatNumber(weights[weighed[0].w])} stands in C ${times(weighed.length)}: it is one number, shared.`;
      }
      if (users.length || (other !== undefined && point[to] === undefined)) {
        return transpose
          ? `Row ${other}: y${place(Number(other), columns)} is written to ${users.length} of ${x.length} pixels, each time under another weight.`
          : users.length
            ? `Column ${other}: pixel x${place(Number(other), width)} is read ${times(users.length)}, each time under another weight.`
            : `Column ${other} is all zeros: no output reads pixel x${place(Number(other), width)}.`;
      }
      return transpose
        ? `A column holds all uses of one pixel: every output that read it comes back through the same weight.`
        : "A row is one window, spread out over all pixels. The next row holds the same weights, one window further.";
    }
  }

  /** The terms of the formula as it stands. */
  function shownTerms() {
    return now.list.filter((entry) => entry[now.transpose ? "j" : "i"] === now.pinned);
  }

  /**
   * @param {Entry} entry
   * @param {number} value
   */
  function term({ w }, value) {
    const weight = now.weights[w];
    return /** @type {import("../core/correlate.js").Term} */ ({ value, weight, product: round(value * weight) });
  }

  /**
   * @param {"input" | "kernel" | "y"} key
   * @param {Matrix} matrix
   * @param {number} row
   * @param {number} column
   * @param {number} value
   */
  function edit(key, matrix, row, column, value) {
    state.update({ [key]: replaced(matrix, row, column, value) });
    say();
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  function pin(row, column) {
    state.update({ position: [row, column] });
    say();
  }

  function say() {
    const { transpose, pinned, x, y, width, columns } = now;
    live.say(
      transpose
        ? `(Cᵀ·y)${place(pinned, width)} is ${formatNumber(x[pinned])}.`
        : `y${place(pinned, columns)} is ${formatNumber(y[pinned])}.`,
    );
  }

  function saySizes() {
    live.say(`C is ${now.y.length} × ${now.x.length}. ${counted.textContent}`);
  }

  function code() {
    const { input, kernel, transpose, height, width, rows, columns, y, geometry } = now;
    const { stride, dilation, padding } = geometry;
    const pads = [height, width].map((side) => (side > 1 ? padding : 0));
    const options = `stride=${stride}, padding=(${pads.join(", ")}), dilation=${dilation}`;
    const extra = pads.map(
      (pad, axis) =>
        [height, width][axis] -
        (([rows, columns][axis] - 1) * stride - 2 * pad + dilation * (shape(kernel)[axis] - 1) + 1),
    );
    return [
      "import torch",
      "import torch.nn.functional as F",
      "",
      `kernel = torch.tensor(${pythonMatrix(kernel)})[None, None]`,
      "# The convolution of a picture with a single 1 is a column of C.",
      `ones = torch.eye(${height * width}).reshape(-1, 1, ${height}, ${width})`,
      `C = F.conv2d(ones, kernel, ${options}).flatten(1).T`,
      ...(transpose
        ? [
            `y = torch.tensor(${pythonMatrix(folded(y, columns))})`,
            `output = (C.T @ y.flatten()).reshape(${height}, ${width})`,
            `same = F.conv_transpose2d(y[None, None], kernel, ${options}, output_padding=(${extra.join(", ")}))`,
          ]
        : [
            `x = torch.tensor(${pythonMatrix(input)})`,
            `output = (C @ x.flatten()).reshape(${rows}, ${columns})`,
            `same = F.conv2d(x[None, None], kernel, ${options})`,
          ]),
      "print(output, torch.allclose(output, same[0, 0]))",
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

/** @param {number} w */
const letter = (w) => String.fromCharCode(97 + w);

/**
 * @param {number | undefined} index
 * @param {number[]} vector
 */
const inside = (index, vector) => index !== undefined && index < vector.length;

/**
 * @param {number} index
 * @param {number} across
 */
const cellOf = (index, across) => ({ row: Math.floor(index / across), column: index % across });

/**
 * A place as code writes it, "[1, 2]".
 *
 * @param {number} index
 * @param {number} across
 */
const place = (index, across) => `[${Math.floor(index / across)}, ${index % across}]`;

/**
 * A vector as the picture that it was read from.
 *
 * @param {number[]} vector
 * @param {number} across
 */
const folded = (vector, across) =>
  generate(vector.length / across, across, (row, column) => vector[row * across + column]);
