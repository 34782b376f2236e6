/**
 * A convolution forward and backward: below X, K, b and Y stands the gradient for each, any element
 * of one is a sum written out beside a finite difference, and the gradient for X comes about twice,
 * as stamps and by a window.
 */
import {
  allowed,
  checkText,
  element,
  limits,
  lossText,
  sentence,
  solve,
  termsOf,
} from "../core/backward.js";
import { formatFactor, formatNumber, longestProduct, pythonMatrix, pythonNumber } from "../core/format.js";
import { clamp, largest, replaced, resized, shape, turn180 } from "../core/matrix.js";
import { cellOf } from "../core/uses.js";
import { createState } from "../model.js";
import { button, choice, range } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { append, h, setText, setVariable } from "../ui/dom.js";
import { createFormula } from "../ui/formula.js";
import { createGrid, numberCell } from "../ui/grid.js";
import { actions, band, controls, operator, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";

/** @typedef {import("../core/backward.js").View} View */
/** @typedef {import("../core/matrix.js").Matrix} Matrix */
/** @typedef {import("../ui/cursor.js").Target} Target */
/** @typedef {{row: number, column: number}} Place */
/** @typedef {"i" | "j" | "w"} Axis of the outputs, the pixels or the weights */
/** @typedef {Partial<Record<Axis, number>> & {none?: boolean}} Point */

export const name = "backward";

/** @type {View[]} */
const views = ["output", "kernel", "input", "bias"];
/** Along which axis each of them lies; the bias is one number. */
const axes = /** @type {Record<View, Axis | null>} */ ({ output: "i", kernel: "w", input: "j", bias: null });

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const geometryKeys = /** @type {const} */ (["stride", "padding", "dilation"]);
  const keys = ["input", "kernel", "upstream", "bias", ...geometryKeys, "view", "position", "controls"];
  const live = createLive();
  const state = createState(model, keys, redraw);
  const cursor = createCursor(show);

  /** Everything that follows from the settings, worked out once for each change. */
  let now = read();

  function read() {
    const [stride, padding, dilation] = geometryKeys.map(state.get);
    const [input, kernel, upstream] = ["input", "kernel", "upstream"].map(state.get);
    const solved = solve({ input, kernel, upstream, bias: state.get("bias") ?? 0, stride, padding, dilation });
    /** @type {View} */
    const view = views.includes(state.get("view")) ? state.get("view") : "kernel";
    const [row = 0, column = 0] = state.get("position") ?? [];
    const turned = turn180(solved.kernel);
    const result = { output: solved.output, ...solved.gradients };
    const [tall, across] = shape(result[view]);
    return {
      ...solved,
      ...{ view, result, turned },
      pinned: { row: clamp(row, 0, tall - 1), column: clamp(column, 0, across - 1) },
      longest: {
        output: longestProduct([...solved.input, [solved.bias]], [...solved.kernel, [1]]),
        kernel: longestProduct(solved.upstream, solved.input),
        input: longestProduct(solved.upstream, solved.kernel),
        bias: longestProduct(solved.upstream, [[1]]),
      },
    };
  }

  /**
   * @param {string} view
   * @param {((row: number, column: number, value: number) => void)} [onEdit]
   * @param {View} [pins]
   */
  const grid = (view, onEdit, pins) =>
    createGrid({
      view,
      caption: "",
      cursor,
      onEdit,
      onPress:
        pins &&
        ((row, column) => {
          const { padding } = pins === "input" ? now : { padding: 0 };
          pin(pins, row - padding, column - padding);
        }),
    });
  const grids = {
    input: grid("input", (row, column, value) =>
      edit("input", now.input, row - now.padding, column - now.padding, value),
    ),
    inputGradient: grid("input-gradient", undefined, "input"),
    kernel: grid("kernel", (row, column, value) => edit("kernel", now.kernel, row, column, value)),
    kernelGradient: grid("kernel-gradient", undefined, "kernel"),
    bias: grid("bias", (_row, _column, value) => change({ bias: value })),
    biasGradient: grid("bias-gradient", undefined, "bias"),
    output: grid("output", undefined, "output"),
    upstream: grid("upstream", (row, column, value) => edit("upstream", now.upstream, row, column, value)),
    stuffed: grid("stuffed"),
    turned: grid("turned"),
  };
  const results = {
    output: grids.output,
    kernel: grids.kernelGradient,
    input: grids.inputGradient,
    bias: grids.biasGradient,
  };
  /** What each of them is, or is the gradient for. */
  const owners = { output: grids.upstream, kernel: grids.kernel, input: grids.input, bias: grids.bias };

  const formula = createFormula({ cursor, view: "term" });
  const heading = h("p", { class: "cnn-band-title" });
  const check = h("span");
  const half = h("b");
  const loss = h("dd");
  const lines = h(
    "dl",
    { class: "cnn-lines" },
    h("dt", {}, "finite difference"),
    h("dd", {}, check, half),
    h("dt", {}, "loss"),
    loss,
  );
  const hint = h("p", { class: "cnn-hint" });

  const viewChoice = choice({
    label: "Written out",
    choices: [
      { value: "output", label: "Y" },
      { value: "kernel", label: "∂L/∂K" },
      { value: "input", label: "∂L/∂X" },
      { value: "bias", label: "∂L/∂b" },
    ],
    onInput: (view) => pin(/** @type {View} */ (view), now.pinned.row, now.pinned.column),
  });
  const sliders = [
    slider("size", "Input size", ["height", "width"], 1, limits.input),
    slider("size", "Kernel size", ["kernelHeight", "kernelWidth"], 1, limits.kernel),
    slider("stride", "Stride", ["stride"], 1, limits.step),
    slider("padding", "Padding", ["padding"], 0, limits.step),
    slider("dilation", "Dilation", ["dilation"], 1, limits.step),
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

  /**
   * A matrix with its gradient below it, or beside it where there is no room.
   *
   * @param {...import("../ui/grid.js").Grid} two
   */
  const pair = (...two) => h("div", { class: "cnn-pair" }, ...two);
  /**
   * What stands between two pairs: a sign of the formula, and below it the way back.
   *
   * @param {string} sign
   * @param {string} label
   * @param {boolean} [back]
   */
  const sign = (sign, label, back) =>
    h("div", { class: "cnn-signs" }, operator(sign, label), back ? operator("←", "and backward") : null);
  const pairs = h(
    "div",
    { class: "cnn-stage cnn-pairs" },
    pair(grids.input, grids.inputGradient),
    sign("⋆", "cross-correlated with"),
    pair(grids.kernel, grids.kernelGradient),
    sign("+", "plus"),
    pair(grids.bias, grids.biasGradient),
    sign("=", "equals", true),
    pair(grids.output, grids.upstream),
  );
  const again = stage(grids.stuffed, operator("⋆", "cross-correlated with"), grids.turned);
  again.classList.add("cnn-again");
  const againTitle = h("p", { class: "cnn-again-title" });
  append(
    root,
    wanted("view") ? controls(viewChoice) : null,
    h(
      "p",
      { class: "cnn-how" },
      "Point at any number. Press one of Y or of a gradient to keep its sum; type over X, K, b and G.",
    ),
    pairs,
    band(heading, formula, lines, hint),
    h("div", {}, againTitle, again),
    controls(...sliders.map(({ element }) => element)),
    actions(reset, copy.button),
    copy.field,
    live,
  );

  /**
   * @param {string} control
   */
  function wanted(control) {
    return (state.get("controls") ?? []).includes(control);
  }

  /**
   * A slider whose ends are the last values at which all can be drawn.
   *
   * @param {string} control
   * @param {string} label
   * @param {(keyof import("../core/backward.js").Geometry)[]} changes all to the same value
   * @param {number} least
   * @param {number} most
   */
  function slider(control, label, changes, least, most) {
    /** @param {number} value */
    const changed = (value) => ({ ...now, ...Object.fromEntries(changes.map((key) => [key, value])) });
    const input = range({
      label,
      text: (value) => (changes.length > 1 ? `${value} × ${value}` : String(value)),
      onInput: (value) => {
        const { height, width, kernelHeight, kernelWidth, stride, padding, dilation } = changed(value);
        change({
          input: resized(now.input, height, width, fillInput),
          kernel: resized(now.kernel, kernelHeight, kernelWidth, fillKernel),
          ...{ stride, padding, dilation },
        });
      },
      onCommit: () => live.say(`The output is ${now.rows} × ${now.columns}. ${lossText(now.loss)}.`),
    });
    return {
      element: wanted(control) ? input.element : null,
      set() {
        const value = Math.max(...changes.map((key) => now[key]));
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

  /**
   * Writes the settings, all of them legal together: the upstream gradient has the output's shape.
   *
   * @param {Record<string, any>} values
   */
  function change(values) {
    const { input, kernel, upstream, bias, stride, padding, dilation } = now;
    const solved = solve({ input, kernel, upstream, bias, stride, padding, dilation, ...values });
    state.update(
      Object.fromEntries(
        ["input", "kernel", "upstream", "bias", ...geometryKeys].map((key) => [
          key,
          solved[/** @type {"input"} */ (key)],
        ]),
      ),
    );
  }

  /**
   * @param {"input" | "kernel" | "upstream"} key
   * @param {Matrix} matrix
   * @param {number} row
   * @param {number} column
   * @param {number} value
   */
  function edit(key, matrix, row, column, value) {
    change({ [key]: replaced(matrix, row, column, value) });
    say();
  }

  /**
   * @param {View} view
   * @param {number} row
   * @param {number} column
   */
  function pin(view, row, column) {
    const [tall, across] = shape(now.result[view]);
    if (row < 0 || column < 0) return;
    state.update({ view, position: [Math.min(row, tall - 1), Math.min(column, across - 1)] });
    say();
  }

  function say() {
    const { view, pinned, result } = now;
    const { row, column } = pinned;
    live.say(`${called(view, row, column)} is ${formatNumber(result[view][row][column])}. ${lossText(now.loss)}.`);
  }

  /**
   * "∂L/∂K[0, 1]", and "Y[0, 1]" for the output.
   *
   * @param {View} view
   * @param {number} row
   * @param {number} column
   */
  function called(view, row, column) {
    return (view === "output" ? "" : "∂L/∂") + element(view, row, column);
  }

  function redraw() {
    now = read();
    const { input, kernel, bias, upstream, output, result, padding, stride, dilation, stuffed, turned } = now;
    const { height, width, kernelHeight, kernelWidth, rows, columns } = now;
    const across = width + 2 * padding;
    // With room for the output at stride 1: so cells keep their size when the stride changes, and a
    // browser need not lay out all of them anew.
    const widest = across - dilation * (kernelWidth - 1);
    setVariable(pairs, "--across", across + kernelWidth + widest + 1);
    // On a phone a matrix and its gradient stand side by side where both fit.
    const narrow = [across, kernelWidth, widest].map((side) => (side < 6 ? 2 * side + 1 : side));
    setVariable(pairs, "--across-narrow", Math.max(...narrow));
    setVariable(again, "--across", shape(stuffed)[1] + kernelWidth);
    setVariable(again, "--across-narrow", shape(stuffed)[1]);

    /**
     * @param {import("../ui/grid.js").Grid} grid
     * @param {string} caption
     * @param {Matrix} matrix
     * @param {boolean} [editable]
     */
    const draw = (grid, caption, matrix, editable) => {
      const limit = largest(matrix);
      grid.setCaption(caption);
      grid.render(...shape(matrix), (row, column) => {
        const value = matrix[row][column];
        return editable ? { text: formatNumber(value), value } : numberCell(value, limit);
      });
    };
    /**
     * In the frame that the padding adds.
     *
     * @param {import("../ui/grid.js").Grid} grid
     * @param {string} caption
     * @param {Matrix} matrix
     * @param {(value: number) => import("../ui/grid.js").CellView} view
     * @param {import("../ui/grid.js").CellView} beyond
     */
    const drawPadded = (grid, caption, matrix, view, beyond) => {
      grid.setCaption(caption);
      grid.render(
        height + 2 * padding,
        across,
        (row, column) => {
          const value = matrix[row - padding]?.[column - padding];
          return value === undefined ? beyond : view(value);
        },
        padding,
      );
    };
    drawPadded(grids.input, `Input X ${height} × ${width}`, input, (value) => ({ text: formatNumber(value), value }), {
      text: "0",
      kind: "is-padding",
    });
    const limit = largest(result.input);
    drawPadded(grids.inputGradient, "∂L/∂X", result.input, (value) => numberCell(value, limit), {
      text: "",
      kind: "is-padding",
      label: "padding, cut off",
    });
    draw(grids.kernel, `Kernel K ${kernelHeight} × ${kernelWidth}`, kernel, true);
    draw(grids.kernelGradient, "∂L/∂K", result.kernel);
    draw(grids.bias, "b", [[bias]], true);
    draw(grids.biasGradient, "∂L/∂b", result.bias);
    draw(grids.output, `Output Y ${rows} × ${columns}`, output);
    draw(grids.upstream, "G = ∂L/∂Y", upstream, true);
    grids.stuffed.setCaption(`G among zeros ${shape(stuffed).join(" × ")}`);
    const strongest = largest(upstream);
    grids.stuffed.render(...shape(stuffed), (row, column) =>
      numberOf(row, column) === null
        ? { text: "0", kind: "is-padding" }
        : numberCell(stuffed[row][column], strongest),
    );
    draw(grids.turned, "K turned by 180°", turned);

    const [zeros, one] = [stride - 1, stride === 2];
    setText(
      againTitle,
      `The same ∂L/∂X by a window${zeros ? `, with ${zeros} ${one ? "zero" : "zeros"} between the numbers of G (stride ${stride})` : ""}:`,
    );
    setText(loss, lossText(now.loss));
    viewChoice.set(now.view);
    for (const each of sliders) each.set();
    const room = Math.max(
      sumHeight(kernelHeight * kernelWidth + (bias ? 1 : 0), kernelWidth, now.longest.output),
      sumHeight(rows * columns, columns, now.longest.kernel),
      sumHeight(Math.min(kernelHeight * kernelWidth, rows * columns), kernelWidth, now.longest.input),
    );
    formula.element.style.minHeight = `${room}px`;
    copy.stale();
    show(cursor.target);
  }

  /** How far the first number of G stands from the corner of the zeros. */
  function margin() {
    const { kernelHeight, kernelWidth, dilation } = now;
    return { row: dilation * (kernelHeight - 1), column: dilation * (kernelWidth - 1) };
  }

  /**
   * Which output's number of G stands here among the zeros.
   *
   * @param {number} row
   * @param {number} column
   */
  function numberOf(row, column) {
    const { stride, rows, columns } = now;
    const [i, j] = [(row - margin().row) / stride, (column - margin().column) / stride];
    const inside = Number.isInteger(i) && Number.isInteger(j) && i >= 0 && j >= 0 && i < rows && j < columns;
    return inside ? i * columns + j : null;
  }

  /**
   * What a target stands for: an output, a pixel, a weight.
   *
   * @param {Target | null} target
   * @returns {Point}
   */
  function meaning(target) {
    if (!target) return {};
    const { padding, height, width, kernelWidth, kernel, columns, rows } = now;
    const { view, row, column } = target;
    if (view === "output" || view === "upstream") {
      return row < rows && column < columns ? { i: row * columns + column } : {};
    }
    if (view === "kernel" || view === "kernel-gradient") return { w: row * kernelWidth + column };
    if (view === "turned") return { w: kernel.flat().length - 1 - (row * kernelWidth + column) };
    if (view === "stuffed") {
      const i = numberOf(row, column);
      return i === null ? {} : { i };
    }
    if (view !== "input" && view !== "input-gradient") return {};
    const [y, x] = [row - padding, column - padding];
    return y >= 0 && x >= 0 && y < height && x < width ? { j: y * width + x } : { none: true };
  }

  /**
   * What is written out: the result that is pointed at, directly or through its other matrix, or
   * else the pinned one.
   *
   * @param {Target | null} target
   * @param {Point} point
   * @returns {{view: View, at: number}}
   */
  function written(target, point) {
    const view = views.find((key) => results[key].element.dataset.view === target?.view) ?? now.view;
    const axis = axes[view];
    const at = axis && point[axis];
    if (typeof at === "number" && at < now.result[view].flat().length) return { view, at };
    if (!axis && view !== now.view) return { view, at: 0 };
    const { row, column } = now.pinned;
    return { view: now.view, at: row * shape(now.result[now.view])[1] + column };
  }

  /**
   * Lights what belongs to the target in every view.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const { padding, width, kernelWidth, columns, stride, dilation, result } = now;
    const [kernelHeight] = shape(now.kernel);
    const pointed = meaning(target);
    const { view, at } = written(target, pointed);
    const { row, column } = cellOf(at, shape(result[view])[1]);
    const { list: terms, across } = termsOf(now, view, at);
    const axis = axes[view];
    const { i: ofTerm, j: pixel, w: weight } = (target?.view === "term" && terms[target.row * across + target.column]) || {};
    /** @type {Point} */
    const point = target?.view === "term" ? { i: ofTerm, j: pixel, w: weight } : pointed;
    const others = /** @type {Axis[]} */ (["i", "j", "w"]).filter((key) => key !== axis);
    const known = others.filter((key) => point[key] !== undefined);
    const index = known.length
      ? terms.findIndex((term) => known.every((key) => term[key] === point[key]))
      : -1;
    const lit = terms[index];
    const i = point.i ?? lit?.i;

    /** @type {Record<Axis, (at: number) => Place>} */
    const places = {
      i: (at) => cellOf(at, columns),
      j: (at) => shifted(cellOf(at, width), padding, padding),
      w: (at) => cellOf(at, kernelWidth),
    };
    /** @param {number} at */
    const among = (at) => {
      const { row, column } = cellOf(at, columns);
      return { row: row * stride + margin().row, column: column * stride + margin().column };
    };
    /** @param {number} at */
    const turnedAt = (at) => cellOf(now.kernel.flat().length - 1 - at, kernelWidth);

    /** @type {Record<Axis, number[]>} */
    const used = { i: [], j: [], w: [] };
    for (const term of terms) {
      for (const key of others) if (term[key] !== undefined) used[key].push(/** @type {number} */ (term[key]));
    }
    /** @type {Record<Axis, number[]>} */
    const focus = { i: [], j: [], w: [] };
    for (const key of others) {
      const value = lit?.[key] ?? point[key];
      if (value !== undefined) focus[key].push(value);
    }
    // Where the products come from, in blue; the factors pointed at, with a ring.
    grids.input.mark("window", used.j.map(places.j));
    grids.input.mark("cursor", focus.j.map(places.j));
    grids.inputGradient.mark("cursor", axis === "j" ? [] : focus.j.map(places.j));
    grids.kernel.mark("window", used.w.map(places.w));
    grids.kernel.mark("cursor", focus.w.map(places.w));
    grids.kernelGradient.mark("cursor", axis === "w" ? [] : focus.w.map(places.w));
    grids.upstream.mark("window", used.i.map(places.i));
    grids.upstream.mark("cursor", focus.i.map(places.i));
    grids.output.mark("cursor", axis === "i" ? [] : focus.i.map(places.i));
    grids.stuffed.mark("window", view === "input" ? used.i.map(among) : []);
    grids.stuffed.mark("cursor", focus.i.map(among));
    grids.turned.mark("window", view === "input" ? used.w.map(turnedAt) : []);
    grids.turned.mark("cursor", focus.w.map(turnedAt));

    // The result, and the number that it is the gradient for.
    for (const key of views) {
      const shift = key === "input" ? padding : 0;
      const place = key === view ? shifted({ row, column }, shift, shift) : null;
      results[key].frame("output", place);
      owners[key].mark("user", place ? [place] : []);
    }

    // An output's window on X, which is also where its stamp lies.
    const extent = { rows: dilation * (kernelHeight - 1) + 1, columns: dilation * (kernelWidth - 1) + 1 };
    const output = view === "output" ? at : i;
    const corner = output === undefined ? null : cellOf(output, columns);
    const window = corner && { row: corner.row * stride, column: corner.column * stride, ...extent };
    grids.input.frame("window", window ?? (view === "kernel" ? met(row, column) : null));
    const stamp = view === "output" && target?.view === "output" ? undefined : i ?? pointed.i;
    grids.inputGradient.frame("window", stamp === undefined ? null : window);
    grids.stuffed.frame(
      "window",
      view === "input" ? { row: row + padding, column: column + padding, ...extent } : null,
    );
    stampNotes(stamp);

    formula.render(/** @type {any} */ (terms), across, result[view][row][column], now.longest[view]);
    formula.element.classList.toggle("is-empty", terms.length === 0);
    formula.mark(index < 0 ? null : index);
    setText(heading, called(view, row, column));
    const [text, value] = checkText(now, view, row, column);
    setText(check, text);
    setText(half, value);
    setText(hint, words(view, axis ? { ...point, [axis]: at } : point, lit, point));
  }

  /**
   * The pixels that a weight meets, as a box from the first output to the last.
   *
   * @param {number} row
   * @param {number} column
   */
  function met(row, column) {
    const { dilation, stride, rows, columns } = now;
    return {
      ...{ row: row * dilation, column: column * dilation },
      ...{ rows: (rows - 1) * stride + 1, columns: (columns - 1) * stride + 1 },
    };
  }

  /**
   * What one number of G puts onto ∂L/∂X and adds to ∂L/∂K.
   *
   * @param {number | undefined} output
   */
  function stampNotes(output) {
    const { list, upstream, kernel, input, width, padding, kernelWidth } = now;
    const [k, x] = [kernel.flat(), input.flat()];
    const some = output === undefined ? [] : list.filter(({ i }) => i === output);
    const g = output === undefined ? 0 : upstream.flat()[output];
    /**
     * @param {import("../ui/grid.js").Grid} grid
     * @param {{row: number, column: number, text: string}[]} notes
     */
    const note = (grid, notes) => {
      grid.notes(notes);
      grid.mark("noted", notes);
    };
    note(
      grids.inputGradient,
      some.map(({ j, w }) => ({ ...shifted(cellOf(j, width), padding, padding), text: signed(g * k[w]) })),
    );
    note(
      grids.kernelGradient,
      some.map(({ j, w }) => ({ ...cellOf(w, kernelWidth), text: signed(g * x[j]) })),
    );
  }

  /**
   * The sentence that follows the cursor.
   *
   * @param {View} view
   * @param {Point} whole
   * @param {{i?: number, j?: number, w?: number, value: number, weight: number, product: number} | undefined} lit
   * @param {Point} point
   */
  function words(view, whole, lit, point) {
    const { upstream, columns, width, kernelWidth, stride } = now;
    /** @param {number} i */
    const output = (i) => `[${Object.values(cellOf(i, columns)).join(", ")}]`;
    if (point.none) {
      return "Padding: X is always 0 here, and what a stamp puts here is cut off. No gradient leads further.";
    }
    if (lit?.i !== undefined && view === "bias") {
      return `b is part of Y${output(lit.i)} with the factor 1, so G${output(lit.i)} arrives unchanged.`;
    }
    const { i, j, w } = { ...lit, ...whole };
    if (lit && i !== undefined && j !== undefined && w !== undefined) {
      const pixel = `X[${Object.values(cellOf(j, width)).join(", ")}]`;
      const weight = `K[${Object.values(cellOf(w, kernelWidth)).join(", ")}]`;
      const product = `${formatFactor(lit.value)}·${formatFactor(lit.weight)} = ${formatNumber(lit.product)}`;
      const read = `Y${output(i)} reads ${pixel} under ${weight}`;
      if (view === "output") return `${read}: ${product} goes in.`;
      return view === "kernel"
        ? `${read}, so G${output(i)} comes back to the weight times the pixel: ${product}.`
        : `${read}, so G${output(i)} comes back to the pixel times the weight: ${product}.`;
    }
    if (point.i !== undefined && view !== "output") {
      const g = formatNumber(upstream.flat()[point.i]);
      return `G${output(point.i)} = ${g} stamps ${g} times K onto ∂L/∂X where its window had read, and adds ${g} times that window to ∂L/∂K.`;
    }
    if (point.j !== undefined && axes[view] !== "j") {
      return view === "output"
        ? "This pixel lies outside the window."
        : view === "kernel"
          ? "This weight never meets this pixel."
          : sentence(view, stride);
    }
    return sentence(view, stride);
  }

  function code() {
    const { input, kernel, bias, upstream, stride, padding, dilation, height, width } = now;
    const { kernelHeight, kernelWidth } = now;
    const options = `stride=${stride}, padding=${padding}, dilation=${dilation}`;
    // What the floor of the division by the stride leaves out.
    const extra = [
      [height, kernelHeight],
      [width, kernelWidth],
    ].map(([side, taps]) => (side + 2 * padding - dilation * (taps - 1) - 1) % stride);
    return [
      "import torch",
      "import torch.nn.functional as F",
      "",
      `x = torch.tensor(${pythonMatrix(input)}, requires_grad=True)`,
      `kernel = torch.tensor(${pythonMatrix(kernel)}, requires_grad=True)`,
      `bias = torch.tensor([${pythonNumber(bias)}], requires_grad=True)`,
      `upstream = torch.tensor(${pythonMatrix(upstream)})`,
      `output = F.conv2d(x[None, None], kernel[None, None], bias, ${options})[0, 0]`,
      "loss = (upstream * output).sum()",
      "loss.backward()",
      "print(output, loss)",
      "print(kernel.grad, x.grad, bias.grad)",
      "# The gradient for x is the transposed convolution of upstream.",
      `again = F.conv_transpose2d(upstream[None, None], kernel[None, None], ${options}, output_padding=(${extra.join(", ")}))`,
      "print(torch.allclose(x.grad, again[0, 0]))",
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
 * @param {Place} place
 * @param {number} rows
 * @param {number} columns
 */
const shifted = ({ row, column }, rows, columns) => ({ row: row + rows, column: column + columns });

/**
 * About how high a sum is written at the book's width, so that nothing below it moves when the
 * cursor goes from one sum to a longer one.
 *
 * @param {number} count of terms
 * @param {number} across terms in a row
 * @param {number} longest characters of a product
 */
function sumHeight(count, across, longest) {
  const room = 610;
  const term = 8 * longest + 33;
  const flowing = across > 5;
  const products = 29 * Math.ceil(flowing ? (count * term) / room : count / across);
  const sum = 34 * count + 60;
  const beside = !flowing && across * term + sum < room;
  return beside ? products : products + 8 + 24 * Math.ceil(sum / room);
}

/** @param {number} value */
const signed = (value) => (value > 0 ? "+" : "") + formatNumber(value);
