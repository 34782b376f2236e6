/**
 * A transposed convolution: every input stamps its multiple of the kernel, or a turned kernel slides
 * over the input among zeros; where stamps overlap, which inputs come out as checkerboards, and the
 * same input enlarged first and convolved after.
 */
import { formatFactor, formatNumber, longestProduct, pythonMatrix } from "../core/format.js";
import { clamp, generate, largest, places, replaced, resized, shape, turn180 } from "../core/matrix.js";
import { allowed, legal, limits, solve } from "../core/stamp.js";
import { cellOf } from "../core/uses.js";
import { createState } from "../model.js";
import { button, choice, range, select } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { append, h, setText, setVariable } from "../ui/dom.js";
import { createFormula } from "../ui/formula.js";
import { createGrid, numberCell, placeText } from "../ui/grid.js";
import { actions, band, controls, operator, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";
import { createPlayer } from "../ui/player.js";

/** @typedef {import("../core/matrix.js").Matrix} Matrix */
/** @typedef {import("../core/stamp.js").Spec} Spec */
/** @typedef {import("../ui/cursor.js").Target} Target */
/** @typedef {{row: number, column: number}} Place */
/** @typedef {{i?: number, j?: number, w?: number, phase?: Place, resized?: Place}} Point */

export const name = "stamp";

/** Kernels to compare, as the weights along one axis. */
const presets = [
  { value: "2", label: "all ones, 2", taps: [1, 1] },
  { value: "3", label: "all ones, 3", taps: [1, 1, 1] },
  { value: "4", label: "all ones, 4", taps: [1, 1, 1, 1] },
  { value: "half", label: "½ 1 ½", taps: [0.5, 1, 0.5] },
  { value: "uneven", label: "1 2 3 1", taps: [1, 2, 3, 1] },
];

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const geometryKeys = /** @type {const} */ (["stride", "padding", "output_padding"]);
  const keys = ["input", "kernel", ...geometryKeys, "view", "stamped", "position", "controls"];
  const live = createLive();
  const state = createState(model, keys, redraw);
  const cursor = createCursor(show);
  const start = read();

  /** Everything that follows from the settings, worked out once for each change. */
  let now = start;

  function read() {
    const [stride, padding, outputPadding] = geometryKeys.map(state.get);
    const zeros = state.get("view") === "zeros";
    const stamped = zeros ? null : (state.get("stamped") ?? null);
    const [input, kernel] = [state.get("input"), state.get("kernel")];
    const solved = solve(legal({ input, kernel, stride, padding, outputPadding, stamped }));
    const { height, width } = solved;
    const [row = 0, column = 0] = state.get("position") ?? [];
    return {
      ...solved,
      zeros,
      longest: longestProduct(solved.input, solved.kernel),
      pinned: { row: clamp(row, 0, height - 1), column: clamp(column, 0, width - 1) },
    };
  }

  const inputGrid = createGrid({
    view: "input",
    caption: "",
    cursor,
    onEdit: (row, column, value) => {
      const i = inputAt(row, column);
      if (i === null) return;
      const at = cellOf(i, now.columns);
      change({ input: replaced(now.input, at.row, at.column, value) });
      say();
    },
  });
  const kernelGrid = createGrid({
    view: "kernel",
    caption: "",
    cursor,
    onEdit: (row, column, value) => {
      const shown = now.zeros ? turn180(now.kernel) : now.kernel;
      const edited = replaced(shown, row, column, value);
      change({ kernel: now.zeros ? turn180(edited) : edited });
      say();
    },
  });
  const outputGrid = createGrid({ view: "output", caption: "", cursor, onPress: pin });
  const phaseGrid = createGrid({ view: "phases", caption: "Weights summed by phase", cursor });
  const countGrid = createGrid({ view: "counts", caption: "Stamps on each output", cursor, onPress: pin });
  const resizedGrid = createGrid({ view: "resized", caption: "", cursor });
  const sign = operator("", "");
  const formula = createFormula({ cursor, view: "term" });
  const heading = h("p", { class: "cnn-band-title" });
  const hint = h("p", { class: "cnn-hint" });
  const size = h("p", { class: "cnn-counted" });
  const verdict = h("p", { class: "cnn-counted" });

  const viewChoice = choice({
    label: "Seen as",
    choices: [
      { value: "stamps", label: "Stamps", hint: "each input stamps the kernel" },
      { value: "zeros", label: "Zeros between", hint: "the turned kernel slides" },
    ],
    onInput: (view) => {
      player.pause();
      state.update({ view });
      say();
    },
  });
  const player = createPlayer({
    label: "Step",
    text: (index) =>
      now.zeros
        ? `${placeText(Math.floor(index / now.width), index % now.width)} of ${now.height} × ${now.width}`
        : `${index} of ${now.rows * now.columns} stamps`,
    onStep: (index) => {
      if (now.zeros) {
        const { row, column } = cellOf(index, now.width);
        state.update({ position: [row, column] });
      } else state.update({ stamped: index });
    },
    onCommit: say,
    onPlay: (playing) => {
      live.silent = playing;
      cursor.release();
      redraw();
    },
  });
  const kernelSelect = select({
    label: "Kernel",
    choices: [{ value: "own", label: "own numbers" }, ...presets],
    onInput: (value) => {
      const taps = presets.find((preset) => preset.value === value)?.taps;
      change({ kernel: taps ? spread(taps) : start.kernel });
      live.say(now.verdict);
    },
  });
  const sliders = [
    slider("size", "Input size", 1, limits.input, () => now.columns, (value) => ({
      input: resized(now.input, now.rows > 1 || value === 1 ? value : 1, value, fillInput),
    })),
    slider("size", "Kernel size", 1, limits.kernel, () => now.kernelWidth, (value) => ({
      kernel: resized(now.kernel, now.kernelHeight > 1 || !flat() ? value : 1, value, () => 1),
    })),
    slider("stride", "Stride", 1, limits.stride, () => now.stride, (value) => ({
      stride: value,
      outputPadding: Math.min(now.outputPadding, value - 1),
    })),
    slider("padding", "Padding", 0, limits.kernel - 1, () => now.padding, (value) => ({ padding: value })),
    slider("padding", "Output padding", 0, limits.stride - 1, () => now.outputPadding, (value) => ({
      outputPadding: value,
    })),
  ];
  const constant = button({
    label: "Constant input",
    onPress: () => {
      change({ input: generate(now.rows, now.columns, () => 1), stamped: null });
      live.say(now.verdict);
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

  const top = stage(inputGrid, sign, kernelGrid, operator("=", "equals"), outputGrid);
  const beside = stage(phaseGrid, countGrid, resizedGrid);
  beside.classList.add("cnn-beside");
  append(
    root,
    wanted("view") ? controls(viewChoice) : null,
    h(
      "p",
      { class: "cnn-how" },
      `${wanted("player") ? "Play, or point" : "Point"} at a number of X: its stamp shows on Y. Then press “Constant input”${wanted("kernel") ? " and compare kernels" : ""}.`,
    ),
    top,
    size,
    band(heading, formula, hint),
    wanted("player") ? player : null,
    beside,
    verdict,
    controls(wanted("kernel") ? kernelSelect : null, ...sliders.map(({ element }) => element)),
    actions(constant, reset, copy.button),
    copy.field,
    live,
  );

  /** @param {string} control */
  function wanted(control) {
    return (state.get("controls") ?? []).includes(control);
  }

  /** Whether the figure shows one row only. */
  function flat() {
    return now.rows === 1 && now.kernelHeight === 1;
  }

  /**
   * The weights along one axis as a kernel: a row for a row, else every product of two.
   *
   * @param {number[]} taps
   */
  function spread(taps) {
    return flat() ? [taps] : taps.map((a) => taps.map((b) => a * b));
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  function fillInput(row, column) {
    return start.input[row]?.[column] ?? (3 * row + 5 * column + row * column + 1) % 4;
  }

  /**
   * A slider whose ends are the last values at which the output can be drawn.
   *
   * @param {string} control
   * @param {string} label
   * @param {number} least
   * @param {number} most
   * @param {() => number} current
   * @param {(value: number) => Partial<Spec>} changed
   */
  function slider(control, label, least, most, current, changed) {
    const input = range({
      label,
      onInput: (value) => change({ ...changed(value), stamped: null }),
      onCommit: () => live.say(`The output is ${now.height} × ${now.width}. ${now.verdict}`),
    });
    return {
      element: wanted(control) ? input.element : null,
      set() {
        const value = current();
        // From the present value outward: what lies beyond an impossible one is not reached.
        let [low, high] = [value, value];
        const fits = (/** @type {number} */ next) => allowed({ ...now, ...changed(next) });
        while (low > least && fits(low - 1)) low -= 1;
        while (high < most && fits(high + 1)) high += 1;
        input.set({ value, min: low, max: high });
      },
    };
  }

  /**
   * Writes the settings, all of them legal together.
   *
   * @param {Partial<Spec>} values
   */
  function change(values) {
    const { input, kernel, stride, padding, outputPadding, stamped } = legal({ ...now, ...values });
    const all = { input, kernel, stride, padding, output_padding: outputPadding };
    state.update("stamped" in values ? { ...all, stamped } : all);
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  function pin(row, column) {
    if (row >= now.height || column >= now.width) return;
    player.pause();
    state.update({ position: [row, column] });
    say();
  }

  function say() {
    const { row, column } = now.pinned;
    const { placed, rows, columns, output, zeros } = now;
    const count = zeros || placed === rows * columns ? "" : `${placed} of ${rows * columns} stamps. `;
    live.say(`${count}Y[${row}, ${column}] is ${formatNumber(output[row][column])}.`);
  }

  /**
   * Which input a cell of the first matrix holds: among the zeros, most hold none.
   *
   * @param {number} row
   * @param {number} column
   */
  function inputAt(row, column) {
    const { zeros, tall, across, rows, columns } = now;
    const i = zeros ? (row - tall.margin) / tall.step : row;
    const j = zeros ? (column - across.margin) / across.step : column;
    const inside = Number.isInteger(i) && Number.isInteger(j) && i >= 0 && j >= 0 && i < rows && j < columns;
    return inside ? i * columns + j : null;
  }

  /**
   * Where an input stands in the first matrix.
   *
   * @param {number} i
   */
  function inputPlace(i) {
    const { zeros, tall, across, columns } = now;
    const { row, column } = cellOf(i, columns);
    return zeros
      ? { row: row * tall.step + tall.margin, column: column * across.step + across.margin }
      : { row, column };
  }

  /**
   * Where a weight stands in the second matrix.
   *
   * @param {number} w
   */
  function weightPlace(w) {
    const { zeros, kernelWidth, kernelHeight } = now;
    return cellOf(zeros ? kernelWidth * kernelHeight - 1 - w : w, kernelWidth);
  }

  /**
   * The phase of an output: by which weights it can be reached.
   *
   * @param {Place} place
   */
  function phaseOf({ row, column }) {
    const { tall, across } = now;
    return { row: (row + tall.cut) % tall.step, column: (column + across.cut) % across.step };
  }

  function redraw() {
    now = read();
    const { input, kernel, output, whole, counts, phases, stuffed, zeros, placed, rows, columns } = now;
    const { height, width, kernelHeight, kernelWidth } = now;
    const first = zeros ? stuffed : input;
    // With room for what the padding cuts off: so cells keep their size when it changes, and a browser
    // need not lay out all of them anew.
    const uncut = (columns - 1) * now.across.step + kernelWidth;
    const across = zeros ? uncut + kernelWidth - 1 : columns;
    setVariable(top, "--across", across + kernelWidth + uncut);
    setVariable(top, "--across-narrow", Math.max(across, uncut, kernelWidth + columns));
    setVariable(beside, "--across", shape(phases)[1] + uncut + shape(now.resized)[1]);
    setVariable(beside, "--across-narrow", Math.max(uncut, shape(now.resized)[1]));

    inputGrid.setCaption(zeros ? `X among zeros ${shape(stuffed).join(" × ")}` : `Input X ${rows} × ${columns}`);
    inputGrid.render(...shape(first), (row, column) => {
      const i = inputAt(row, column);
      if (i === null) return { text: "0", kind: "is-padding" };
      const value = input.flat()[i];
      return { text: formatNumber(value), value, kind: i < placed ? "" : "is-waiting" };
    });
    const shown = zeros ? turn180(kernel) : kernel;
    const heaviest = largest(kernel);
    kernelGrid.setCaption(zeros ? "K turned by 180°" : `Kernel K ${kernelHeight} × ${kernelWidth}`);
    kernelGrid.render(kernelHeight, kernelWidth, (row, column) => ({
      ...numberCell(shown[row][column], heaviest),
      value: shown[row][column],
    }));
    sign.textContent = zeros ? "⋆" : "⋆ᵀ";
    sign.ariaLabel = zeros ? "cross-correlated with" : "stamped with";
    const limit = largest(whole);
    outputGrid.setCaption(`Output Y ${height} × ${width}`);
    outputGrid.render(height, width, (row, column) => numberCell(output[row][column], limit));
    outputGrid.select(now.pinned);
    const index = now.pinned.row * width + now.pinned.column;
    outputGrid.mark("pending", zeros && player.playing ? places(output).slice(index + 1) : []);

    const strongest = largest(phases);
        phaseGrid.render(...shape(phases), (row, column) => numberCell(phases[row][column], strongest));
    const most = largest(counts);
    countGrid.render(height, width, (row, column) => numberCell(counts[row][column], most));
    const brightest = largest(now.resized);
    resizedGrid.setCaption(`Resized, then convolved ${shape(now.resized).join(" × ")}`);
    resizedGrid.render(...shape(now.resized), (row, column) => numberCell(now.resized[row][column], brightest));
    setText(size, now.sizeText);
    setText(verdict, now.verdict);

    viewChoice.set(zeros ? "zeros" : "stamps");
    player.set(zeros ? { index, count: height * width } : { index: placed, count: rows * columns + 1 });
    kernelSelect.set(presets.find(({ taps }) => String(spread(taps)) === String(kernel))?.value ?? "own");
    for (const each of sliders) each.set();
    const taps = Math.ceil(kernelHeight / now.tall.step);
    formula.element.style.minHeight = `${29 * Math.max(taps, 1)}px`;
    copy.stale();
    show(cursor.target);
  }

  /**
   * What a target stands for: an input, an output, a weight, a phase.
   *
   * @param {Target | null} target
   * @param {import("../core/uses.js").Use[]} terms
   * @param {number} across
   * @returns {Point}
   */
  function meaning(target, terms, across) {
    if (!target) return {};
    const { view, row, column } = target;
    const { width, height, kernelWidth, kernelHeight, zeros, phases } = now;
    if (view === "input") return { i: inputAt(row, column) ?? undefined };
    if (view === "kernel") {
      const w = row * kernelWidth + column;
      return { w: zeros ? kernelWidth * kernelHeight - 1 - w : w };
    }
    if (view === "phases") return phases[row]?.[column] === undefined ? {} : { phase: { row, column } };
    if (view === "resized") return { resized: { row, column } };
    if (view === "term") {
      const { i, w } = terms[row * across + column] ?? {};
      return { i, w };
    }
    return row < height && column < width ? { j: row * width + column } : {};
  }

  /**
   * Lights what belongs to the target in every view.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const { list, input, kernel, output, width, height, zeros, tall, across, placed } = now;
    const { kernelWidth, kernelHeight } = now;
    const outputs = target?.view === "output" || target?.view === "counts";
    const inside = outputs && target.row < height && target.column < width;
    const { row, column } = inside ? target : now.pinned;
    const at = row * width + column;
    const terms = list.filter(({ j }) => j === at);
    // As many in a row as stamps can overlap along the row.
    const perRow = Math.max(1, Math.ceil(kernelWidth / across.step));
    const point = meaning(target, terms, perRow);
    const index =
      point.i === undefined && point.w === undefined
        ? -1
        : terms.findIndex(
            ({ i, w }) => (point.i ?? i) === i && (point.w ?? w) === w,
          );
    const lit = terms[index];
    const i = point.i ?? lit?.i;
    const w = point.w ?? lit?.w;
    // At rest, the last stamp that was put.
    const latest = !target && now.stamped !== null && placed > 0 ? placed - 1 : undefined;
    const stamp = i ?? latest;
    const waiting = stamp !== undefined && stamp >= placed;

    inputGrid.mark("window", terms.map((term) => inputPlace(term.i)));
    inputGrid.mark("cursor", stamp === undefined ? [] : [inputPlace(stamp)]);
    inputGrid.frame("window", zeros ? { row, column, rows: kernelHeight, columns: kernelWidth } : null);
    kernelGrid.mark("window", terms.map((term) => weightPlace(term.w)));
    const phase = point.phase ?? phaseOf({ row, column });
    const all = places(kernel);
    kernelGrid.mark("cursor", w === undefined ? [] : [weightPlace(w)]);
    kernelGrid.mark(
      "user",
      point.phase
        ? all.flatMap((place, weight) =>
            place.row % tall.step === phase.row && place.column % across.step === phase.column
              ? [weightPlace(weight)]
              : [],
          )
        : [],
    );
    outputGrid.mark(
      "user",
      point.phase
        ? places(output).filter((place) => {
            const own = phaseOf(place);
            return own.row === phase.row && own.column === phase.column;
          })
        : [],
    );
    outputGrid.frame("output", { row, column });
    countGrid.frame("output", { row, column });
    phaseGrid.frame("output", phase);
    resizedGrid.mark("cursor", point.resized ? [point.resized] : []);
    showStamp(waiting ? undefined : stamp);

    formula.render(
      /** @type {any} */ (
        terms.map((term) => {
          const [value, weight] = [input.flat()[term.i], kernel.flat()[term.w]];
          return { value, weight, product: value * weight };
        })
      ),
      perRow,
      output[row][column],
      now.longest,
    );
    formula.element.classList.toggle("is-empty", terms.length === 0);
    formula.mark(index < 0 ? null : index);
    setText(heading, `Y[${row}, ${column}]`);
    setText(hint, waiting ? "This number is not stamped yet." : words(point, lit, stamp, terms.length));
  }

  /**
   * Frames the stamp of one input on the output, and notes what it adds to each cell.
   *
   * @param {number | undefined} i
   */
  function showStamp(i) {
    const { list, input, kernel, width, height, columns, tall, across, kernelHeight, kernelWidth } = now;
    const notes = list
      .filter((use) => use.i === i)
      .map(({ j, w }) => {
        const value = input.flat()[i ?? 0] * kernel.flat()[w];
        return { ...cellOf(j, width), text: (value > 0 ? "+" : "") + formatNumber(value) };
      });
    outputGrid.notes(notes);
    outputGrid.mark("noted", notes);
    if (i === undefined) {
      outputGrid.frame("window", null);
      return;
    }
    // What lies beyond the output is cut off, and so is the frame.
    const at = cellOf(i, columns);
    const [top, left] = [at.row * tall.step - tall.cut, at.column * across.step - across.cut];
    const [row, column] = [Math.max(top, 0), Math.max(left, 0)];
    outputGrid.frame("window", {
      ...{ row, column },
      rows: Math.min(top + kernelHeight, height) - row,
      columns: Math.min(left + kernelWidth, width) - column,
    });
  }

  /**
   * The sentence that follows the cursor.
   *
   * @param {Point} point
   * @param {import("../core/uses.js").Use | undefined} lit
   * @param {number | undefined} stamp
   * @param {number} overlap
   */
  function words(point, lit, stamp, overlap) {
    const { input, kernel, columns, kernelWidth, zeros, phases, counts, stride, tall, across } = now;
    /**
     * @param {number} index
     * @param {number} across
     */
    const place = (index, across) => `[${Object.values(cellOf(index, across)).join(", ")}]`;
    if (point.phase) {
      const { row, column } = point.phase;
      const some = places(kernel).filter(
        (place) => place.row % tall.step === row && place.column % across.step === column,
      ).length;
      const weights = some === 1 ? "1 weight, which is" : `${some} weights, which sum to`;
      return `Outputs of this phase can be reached by ${weights} ${formatNumber(phases[row][column])}: that is what a constant input of 1 gives here.`;
    }
    if (point.resized) {
      return `X with every pixel repeated ${stride} times, then an ordinary convolution with K: every output meets all weights, so a constant input stays constant.`;
    }
    if (lit) {
      const [x, k] = [input.flat()[lit.i], kernel.flat()[lit.w]];
      return `X${place(lit.i, columns)} brings ${formatFactor(x)}·${formatFactor(k)} = ${formatNumber(x * k)} here, under K${place(lit.w, kernelWidth)}.`;
    }
    if (stamp !== undefined) {
      const x = formatNumber(input.flat()[stamp]);
      return `X${place(stamp, columns)} = ${x} stamps ${x} times K onto the framed outputs, added to what lies there.`;
    }
    if (point.w !== undefined) return `This weight does not reach the output in the orange frame.`;
    if (point.j !== undefined) {
      const all = counts.flat()[point.j];
      const stamps = `${all} ${all === 1 ? "stamp" : "stamps"}`;
      return overlap === all ? `${stamps} on this output.` : `${overlap} of ${stamps} so far on this output.`;
    }
    if (zeros) {
      return `K turned by 180° slides by one over X with ${stride - 1} ${stride === 2 ? "zero" : "zeros"} between its numbers. Products with a zero are left out of the sum.`;
    }
    return `Each number of X puts its multiple of K onto Y, the next one ${stride} further; where stamps overlap they add.`;
  }

  function code() {
    const { input, kernel, tall, across, placed, rows, columns } = now;
    const pair = (/** @type {"step" | "cut" | "extra"} */ key) => `(${tall[key]}, ${across[key]})`;
    const sides = [across, tall].flatMap(({ taps }) => [Math.floor((taps - 1) / 2), Math.floor(taps / 2)]);
    return [
      "import torch",
      "import torch.nn.functional as F",
      "",
      `x = torch.tensor(${pythonMatrix(input)})`,
      ...(placed < rows * columns
        ? [`x.flatten()[${placed}:] = 0.0  # only the first ${placed} stamps`]
        : []),
      `kernel = torch.tensor(${pythonMatrix(kernel)})[None, None]`,
      "output = F.conv_transpose2d(",
      `    x[None, None], kernel, stride=${pair("step")}, padding=${pair("cut")}, output_padding=${pair("extra")}`,
      ")[0, 0]",
      "# Beside it: every pixel repeated, the border too, then a convolution.",
      `large = x.repeat_interleave(${tall.step}, 0).repeat_interleave(${across.step}, 1)[None, None]`,
      `resized = F.conv2d(F.pad(large, (${sides.join(", ")}), mode="replicate"), kernel)[0, 0]`,
      "print(output, resized)",
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
