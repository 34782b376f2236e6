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
import { cellOf, folded } from "../core/uses.js";
import { createState } from "../model.js";
import { button, choice, range } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { append, h, setText, setVariable } from "../ui/dom.js";
import { createFormula } from "../ui/formula.js";
import { createGrid } from "../ui/grid.js";
import { actions, band, controls, operator, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";

/** @typedef {import("../core/conv-matrix.js").Entry} Entry */
/** @typedef {import("../core/conv-matrix.js").Geometry} Geometry */
/** @typedef {"i" | "j"} Axis */
/** @typedef {import("../core/correlate.js").Term} Term */
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
  const keys = ["input", "kernel", "stride", "padding", "dilation", "transpose", "y", "position", "controls"];
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
    // The axes of C: of its rows (i, outputs) and columns (j, pixels), one is multiplied and the
    // other the result.
    const [to, from] = /** @type {Axis[]} */ (transpose ? ["j", "i"] : ["i", "j"]);
    const sides = {
      i: { tall: rows, across: columns, values: y, called: "y" },
      j: { tall: height, across: width, values: x, called: transpose ? "(Cᵀ·y)" : "x" },
    };
    const { tall, across } = sides[to];
    const pinned = clamp(row, 0, tall - 1) * across + clamp(column, 0, across - 1);
    return {
      ...{ input, kernel, geometry, height, width, rows, columns, list, weights, transpose },
      ...{ x, y, to, from, sides, pinned },
    };
  }

  const picture = createGrid({
    view: "picture",
    caption: "",
    cursor,
    kind: "cnn-grid-input",
    onPress: (row, column) => pin({ view: "picture", row, column }),
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
    onPress: (row, column) => pin({ view: "output", row, column }),
    onEdit: (row, column, value) => edit("y", folded(now.y, now.columns), row, column, value),
  });
  const matrix = createGrid({
    view: "matrix",
    caption: "",
    cursor,
    onPress: (row, column) => pin({ view: "matrix", row, column }),
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
      const own =
        value === "row"
          ? { input: [start.input.flat().slice(0, 8)], kernel: [start.kernel.flat().slice(0, 3)] }
          : start.height > 1
            ? { input: start.input, kernel: start.kernel }
            : { input: generate(4, 4, fillInput), kernel: generate(2, 2, fillKernel) };
      state.update({ ...own, stride: 1, padding: 0, dilation: 1, y: null });
      saySizes();
    },
  });
  const sizes = [
    slider("size", "Input size", 2, largestSide, "width", "height"),
    slider("size", "Kernel size", 1, largestKernel, "kernelWidth", "kernelHeight"),
    slider("stride", "Stride", 1, largestStep, "stride"),
    slider("padding", "Padding", 0, largestStep, "padding"),
    slider("dilation", "Dilation", 1, largestStep, "dilation"),
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
  const top = stage(picture, signs[0], kernelGrid, signs[1], output);

  append(
    root,
    ...(wanted("transpose") ? [direction.element] : []),
    top,
    h("div", { class: "cnn-matrix" }, matrix),
    counted,
    band(heading, formula, hint),
    controls(wanted("example") ? example.element : null, ...sizes.map(({ element }) => element)),
    actions(reset, copy.button),
    copy.field,
    live,
  );

  /**
   * A control, where the figure asks for it.
   *
   * @param {string} control
   */
  function wanted(control) {
    return (state.get("controls") ?? []).includes(control);
  }

  /**
   * A slider whose ends are the last values at which the kernel fits and C can be drawn.
   *
   * @param {string} control
   * @param {string} label
   * @param {number} least
   * @param {number} most
   * @param {keyof Geometry} key
   * @param {keyof Geometry} [tall] follows the key, except in one row
   */
  function slider(control, label, least, most, key, tall) {
    /** @param {number} value */
    const changed = (value) => ({
      ...now.geometry,
      [key]: value,
      ...(tall && now.height > 1 ? { [tall]: value } : {}),
    });
    const input = range({
      label,
      onInput: (value) => {
        const { height, width, kernelHeight, kernelWidth, stride, padding, dilation } = changed(value);
        state.update({
          input: resized(now.input, height, width, fillInput),
          kernel: resized(now.kernel, kernelHeight, kernelWidth, fillKernel),
          ...{ stride, padding, dilation, y: null },
        });
      },
      onCommit: saySizes,
    });
    return {
      element: wanted(control) ? input.element : null,
      set() {
        const value = now.geometry[key];
        const fit = Array.from({ length: most + 1 }, (_, at) => at).filter(
          (at) => at === value || (at >= least && allowed(changed(at))),
        );
        input.set({ value, min: fit[0], max: fit[fit.length - 1] });
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
    setVariable(top, "--across", width + kernelWidth + columns);
    setVariable(top, "--across-narrow", Math.max(width, kernelWidth + columns + 2));
    setVariable(root, "--matrix", pixels + 1);

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
    signs[1].ariaLabel = transpose ? "transposed convolution of" : "equals";

    /** @type {Map<number, number>} */
    const held = new Map(list.map(({ i, j, w }) => [i * pixels + j, w]));
    matrix.setCaption(`C ${outputs} × ${pixels}, x above it, y on its right`);
    matrix.render(outputs + 1, pixels + 1, (line, column) => {
      if (line === 0) return column < pixels ? edge("j", column) : { text: "", kind: "is-none", label: "empty" };
      if (column === pixels) return edge("i", line - 1);
      const w = held.get((line - 1) * pixels + column);
      return w === undefined ? { text: "0", kind: "is-zero", label: "0" } : { ...weight(w, weights[w]), value: undefined };
    });
    matrix.notes(list.map(({ i, j, w }) => ({ row: i + 1, column: j, text: letter(w) })));
    kernelGrid.notes(weights.map((_, w) => ({ ...cellOf(w, kernelWidth), text: letter(w) })));
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
   * A number of x above C, or of y beside it.
   *
   * @param {Axis} axis
   * @param {number} index
   * @returns {CellView}
   */
  function edge(axis, index) {
    const text = formatNumber(now.sides[axis].values[index]);
    return { text, kind: axis === "i" ? "is-y" : "is-x", label: `${called(axis, index)}: ${text}` };
  }

  /**
   * "x[1, 2]".
   *
   * @param {Axis} axis
   * @param {number} index
   */
  function called(axis, index) {
    return now.sides[axis].called + place(index, now.sides[axis].across);
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
      color: `hsl(${hue} 85% 50% / 0.3)`,
      kind: "is-weight",
      label: formatNumber(value) + letter(w),
      value,
    };
  }

  /**
   * Which output, which pixel and which weight a target stands for.
   *
   * @param {Target | null} target
   * @returns {Partial<Entry>}
   */
  function meaning(target) {
    if (!target) return {};
    const { width, columns, kernel, x, y, list, to, pinned } = now;
    const { view, row, column } = target;
    const across = shape(kernel)[1];
    if (view === "picture") return known({ j: row * width + column });
    if (view === "output") return known({ i: row * columns + column });
    if (view === "kernel") return { w: row * across + column };
    if (view === "term") {
      const { i, j } = list.filter((entry) => entry[to] === pinned)[row * across + column] ?? {};
      return { i, j };
    }
    return known({ i: row ? row - 1 : undefined, j: column });

    /** @param {Partial<Entry>} point */
    function known({ i = y.length, j = x.length }) {
      return { ...(i < y.length && { i }), ...(j < x.length && { j }) };
    }
  }

  /**
   * Lights what belongs to the target in every view.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const { transpose, list, weights, width, columns, x, y, to, from, sides, pinned, kernel } = now;
    const [resultGrid, sourceGrid] = transpose ? [picture, output] : [output, picture];
    const sources = sides[from].values;
    const point = meaning(target);
    const at = point[to] ?? pinned;
    const other = point[from];
    const terms = list.filter((entry) => entry[to] === at);
    const lit = terms.find((entry) => entry[from] === other);
    // Pointed at without a result: all uses of one source, or all places of one weight.
    const users = list.filter((entry) => point[to] === undefined && entry[from] === other);
    const places = list.filter(({ w }) => w === point.w);
    const w = lit?.w ?? point.w;

    const onGrid = (/** @type {Axis} */ axis, /** @type {number} */ index) =>
      cellOf(index, sides[axis].across);
    const onEdge = (/** @type {Axis} */ axis, /** @type {number} */ index) =>
      axis === "i" ? { row: index + 1, column: x.length } : { row: 0, column: index };
    const onMatrix = (/** @type {Entry} */ { i, j }) => ({ row: i + 1, column: j });
    const focus = other === undefined ? [] : [other];

    sourceGrid.mark("window", terms.map((entry) => onGrid(from, entry[from])));
    sourceGrid.mark("cursor", focus.map((index) => onGrid(from, index)));
    sourceGrid.mark("user", []);
    sourceGrid.frame("output", null);
    resultGrid.mark("window", []);
    resultGrid.mark("cursor", []);
    resultGrid.mark("user", users.map((entry) => onGrid(to, entry[to])));
    resultGrid.frame("output", onGrid(to, at));
    matrix.frame(
      "window",
      transpose
        ? { row: 1, column: at, rows: y.length, columns: 1 }
        : { row: at + 1, column: 0, rows: 1, columns: x.length },
    );
    matrix.mark("window", terms.map((entry) => onEdge(from, entry[from])));
    matrix.mark("result", [onEdge(to, at)]);
    matrix.mark("user", users.flatMap((entry) => [onMatrix(entry), onEdge(to, entry[to])]));
    matrix.mark("cursor", [
      ...focus.map((index) => onEdge(from, index)),
      ...[...(lit ? [lit] : []), ...places].map(onMatrix),
    ]);
    const across = shape(kernel)[1];
    kernelGrid.mark("cursor", w === undefined ? [] : [cellOf(w, across)]);

    formula.render(
      terms.map((entry) => {
        const [value, weight] = [sources[entry[from]], weights[entry.w]];
        return /** @type {Term} */ ({ value, weight, product: round(value * weight) });
      }),
      across,
      sides[to].values[at],
      longestProduct([sources], [weights]),
    );
    formula.element.classList.toggle("is-empty", terms.length === 0);
    const index = terms.findIndex((entry) => entry.w === w);
    formula.mark(index < 0 ? null : index);
    setText(heading, `${transpose ? "Column" : "Row"} ${at} of C: ${called(to, at)}`);
    setText(hint, sentence());

    function sentence() {
      const times = (/** @type {any[]} */ { length }) => `${length} ${length === 1 ? "time" : "times"}`;
      if (point.w !== undefined) {
        return `Weight ${letter(point.w)} = ${formatNumber(weights[point.w])} stands in C ${times(places)}: it is one number, shared.`;
      }
      if (other === undefined) {
        return transpose
          ? "A column holds all uses of one pixel: every output that read it comes back through the same weight."
          : "A row is one window, spread out over all pixels. The next row holds the same weights, one window further.";
      }
      if (point[to] === undefined) {
        return `${transpose ? "Row" : "Column"} ${other}: ${called(from, other)} is ${transpose ? "written" : "read"} ${times(users)}${users[1] ? ", each time under another weight" : ""}.`;
      }
      const [output, pixel] = transpose ? [other, at] : [at, other];
      const reads = `y${place(output, columns)} ${lit ? "reads" : "does not read"} x${place(pixel, width)}`;
      return lit
        ? `${reads} under weight ${letter(lit.w)} = ${formatNumber(weights[lit.w])}.`
        : `${reads}: this entry is always zero.`;
    }
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

  /** @param {Target} target */
  function pin(target) {
    const { to, sides } = now;
    const index = meaning(target)[to];
    if (index === undefined) return;
    const { row, column } = cellOf(index, sides[to].across);
    state.update({ position: [row, column] });
    say();
  }

  function say() {
    const { to, sides, pinned } = now;
    live.say(`${called(to, pinned)} is ${formatNumber(sides[to].values[pinned])}.`);
  }

  function saySizes() {
    live.say(`C is ${now.y.length} × ${now.x.length}. ${counted.textContent}`);
  }

  function code() {
    const { input, kernel, transpose, height, width, rows, columns, y, geometry } = now;
    const { stride, dilation, padding } = geometry;
    const pads = [height, width].map((side) => (side > 1 ? padding : 0));
    const options = `stride=${stride}, padding=(${pads.join(", ")}), dilation=${dilation}`;
    // What the floor of the division by the stride leaves out.
    const extra = [height, width].map(
      (side, axis) => (side + 2 * pads[axis] - dilation * (shape(kernel)[axis] - 1) - 1) % stride,
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
 * A place as code writes it, "[1, 2]".
 *
 * @param {number} index
 * @param {number} across
 */
const place = (index, across) => `[${Math.floor(index / across)}, ${index % across}]`;
