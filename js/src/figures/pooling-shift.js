/**
 * Pooling and a shift: a small pattern in a field, moved pixel by pixel, and which of the pooled
 * outputs notice.
 */
import { formatNumber, pythonMatrix } from "../core/format.js";
import { clamp, largest, places, replaced, shape } from "../core/matrix.js";
import { differences, equals, movedBy, pool, reportParts, shifted, windowPlaces } from "../core/pooling.js";
import { createState } from "../model.js";
import { button, checkbox, choice, range } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { append, h, setText, setVariable } from "../ui/dom.js";
import { createGrid, numberCell, placeText } from "../ui/grid.js";
import { actions, band, controls, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";

/** @typedef {import("../core/matrix.js").Matrix} Matrix */
/** @typedef {import("../core/pooling.js").Place} Place */
/** @typedef {import("../core/pooling.js").PoolingMode} PoolingMode */
/** @typedef {import("../ui/cursor.js").Target} Target */

export const name = "pooling-shift";

/** @type {Record<PoolingMode, {label: string, hint: string, code: string, finding: string}>} */
const modes = {
  max: { label: "Max", hint: "the largest value", code: "max_pool2d(image[None]", finding: "" },
  average: {
    label: "Average",
    hint: "the mean",
    code: "avg_pool2d(image[None]",
    finding: "Every value of a window counts alike: where in the window it stands makes no difference.",
  },
  l2: {
    label: "L2",
    hint: "root of the sum of squares",
    code: "lp_pool2d(image[None], 2",
    finding: "PyTorch’s lp_pool2d adds the squares and takes the root. It does not divide by their number.",
  },
};

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const keys = ["input", "kernel_size", "stride", "mode", "shift", "global_pool", "position"];
  const live = createLive();
  const state = createState(model, keys, redraw);
  const cursor = createCursor(show);

  /** Everything that follows from the settings, worked out once for each change. */
  let view = read();

  function read() {
    /** @type {Matrix} */
    const input = state.get("input");
    const size = shape(input);
    const side = Math.min(...size);
    /** @type {PoolingMode} */
    const mode = state.get("mode") in modes ? state.get("mode") : "max";
    const whole = Boolean(state.get("global_pool"));
    const kernelSize = clamp(state.get("kernel_size") ?? 2, 1, side);
    const step = clamp(state.get("stride") ?? 2, 1, side);
    /** @type {import("../core/pooling.js").Window} */
    const window = whole
      ? { kernel: size, stride: size }
      : { kernel: [kernelSize, kernelSize], stride: [step, step] };
    const shift = legal(state.get("shift") ?? [0, 0], size);
    /** @type {[Matrix, Matrix]} */
    const fields = [input, shifted(input, ...shift)];
    /** @type {[Matrix, Matrix]} */
    const pooled = [pool(fields[0], window, mode), pool(fields[1], window, mode)];
    const difference = differences(...pooled);
    const [row = 0, column = 0] = state.get("position") ?? [];
    return {
      input,
      size,
      side,
      mode,
      whole,
      kernelSize,
      step,
      window,
      shift,
      fields,
      pooled,
      difference,
      winners: fields.map((field, late) => (mode === "max" ? decided(field, window, pooled[late]) : [])),
      pinned: {
        row: clamp(row, 0, difference.length - 1),
        column: clamp(column, 0, difference[0].length - 1),
      },
    };
  }

  const fieldGrids = ["before", "after"].map((side, late) =>
    createGrid({
      view: side,
      caption: "",
      cursor,
      onEdit: (row, column, value) => {
        const [down, right] = late ? view.shift : [0, 0];
        state.update({ input: replaced(view.input, row - down, column - right, value) });
        say(`x[${row - down}, ${column - right}] is now ${formatNumber(value)}`);
      },
    }),
  );
  const pooledGrids = ["pooled-before", "pooled-after", "difference"].map((kind) =>
    createGrid({ view: kind, caption: "", cursor, kind: "cnn-grid-output", onPress: pin }),
  );
  const count = h("b");
  const verdict = h("p");
  const arrows = [
    arrow("↑", "up", -1, 0),
    arrow("←", "left", 0, -1),
    arrow("→", "right", 0, 1),
    arrow("↓", "down", 1, 0),
  ];
  const top = stage(
    ...fieldGrids.map(({ element }) => element),
    h(
      "div",
      { class: "cnn-shift" },
      h("div", { class: "cnn-arrows", role: "group", "aria-label": "Shift by one pixel" }, ...arrows),
      h("p", { class: "cnn-shift-count" }, count, " outputs changed"),
      verdict,
    ),
    ...pooledGrids.map(({ element }) => element),
  );
  top.classList.add("cnn-pooling");
  const heading = h("p", { class: "cnn-band-title" });
  const sums = ["before", "after", "change"].map((label) => ({ label, line: h("dd") }));
  const hint = h("p", { class: "cnn-hint" });

  const modeChoice = choice({
    label: "Pooling",
    choices: Object.entries(modes).map(([value, { label, hint: text }]) => ({
      value: /** @type {PoolingMode} */ (value),
      label,
      hint: text,
    })),
    onInput: (mode) => {
      state.update({ mode });
      say(`${modes[mode].label} pooling`);
    },
  });
  const [downRange, rightRange] = ["Shift down", "Shift right"].map((label, axis) =>
    range({
      label,
      text: formatNumber,
      onInput: (value) => {
        const { shift } = view;
        state.update({ shift: axis ? [shift[0], value] : [value, shift[1]] });
      },
      onCommit: () => say(shiftText()),
    }),
  );
  const kernelRange = range({
    label: "Kernel size",
    text: (value) => `${value} × ${value}`,
    onInput: (size) => state.update({ kernel_size: size }),
    onCommit: () => say("The windows changed"),
  });
  const strideRange = range({
    label: "Stride",
    onInput: (stride) => state.update({ stride }),
    onCommit: () => say("The windows changed"),
  });
  const globalBox = checkbox({
    label: "Global: one window over the whole field",
    onInput: (checked) => {
      state.update({ global_pool: checked });
      say(checked ? "Global pooling" : "Pooling in windows");
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
  append(
    root,
    controls(modeChoice),
    top,
    band(
      heading,
      h("dl", { class: "cnn-lines" }, ...sums.flatMap(({ label, line }) => [h("dt", {}, label), line])),
      hint,
    ),
    controls(downRange, rightRange, kernelRange, strideRange, globalBox),
    actions(reset, copy.button),
    copy.field,
    live,
  );

  /**
   * @param {string} sign
   * @param {string} word
   * @param {number} down
   * @param {number} right
   */
  function arrow(sign, word, down, right) {
    return h(
      "button",
      {
        type: "button",
        class: "cnn-button",
        "aria-label": `Shift ${word}`,
        onclick: () => {
          const { shift, size } = view;
          state.update({ shift: legal([shift[0] + down, shift[1] + right], size) });
          say(shiftText());
        },
      },
      sign,
    );
  }

  function redraw() {
    view = read();
    const { input, size, side, mode, whole, kernelSize, step, shift, pooled, difference } = view;
    const [rows, columns] = shape(difference);
    setVariable(top, "--across", 2 * size[1] + Math.max(6, columns));
    setVariable(top, "--outputs", columns);
    top.classList.toggle("is-large", columns > 7);
    const brightest = largest(input);
    const captions = ["Before the shift", shift.some(Boolean) ? `Shifted ${shiftText()}` : "Not shifted yet"];
    fieldGrids.forEach((grid, late) => {
      const [down, right] = late ? shift : [0, 0];
      grid.setCaption(captions[late]);
      grid.render(...size, (row, column) => {
        const value = input[row - down]?.[column - right];
        return value === undefined
          ? { text: "0", kind: "is-padding" }
          : { ...numberCell(value, brightest), value };
      });
    });
    const limit = largest(pooled.flat());
    [...pooled, difference].forEach((values, index) => {
      pooledGrids[index].setCaption(["Pooled before", "Pooled after", "After − before"][index]);
      pooledGrids[index].render(rows, columns, (row, column) => ({
        ...numberCell(values[row][column], limit),
        text: formatNumber(values[row][column], 2),
      }));
      pooledGrids[index].select(view.pinned);
    });
    setText(count, changed());
    setText(verdict, verdictText());
    modeChoice.set(mode);
    [downRange, rightRange].forEach((control, axis) =>
      control.set({ value: shift[axis], min: 1 - size[axis], max: size[axis] - 1 }),
    );
    // Under a global window its size and step say nothing: they cannot be moved.
    kernelRange.set({ value: kernelSize, min: whole ? kernelSize : 1, max: whole ? kernelSize : side });
    strideRange.set({ value: step, min: whole ? step : 1, max: whole ? step : side });
    globalBox.set(whole);
    copy.stale();
    show(cursor.target);
  }

  /**
   * Lights what belongs to the target in every view.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const { mode, window, shift, fields, pooled, difference, pinned } = view;
    const late = ["before", "after"].indexOf(target?.view ?? "");
    const outputs = places(difference);
    /** @type {Place[]} where the value pointed at stands in each field */
    let own = [];
    /** @type {Place[][]} the outputs that read it there */
    let users = [[], []];
    /** @type {Place} */
    let at = pinned;
    if (target && late >= 0 && fields[0][target.row]?.[target.column] !== undefined) {
      const { row, column } = target;
      own = [0, 1].map((each) => ({
        row: row + (each - late) * shift[0],
        column: column + (each - late) * shift[1],
      }));
      users = own.map((place) =>
        outputs.filter((output) => windowPlaces(window, output.row, output.column).some(isAt(place))),
      );
      at = users[late].find(isAt(pinned)) ?? users[late][0] ?? pinned;
    } else if (target && late < 0 && difference[target.row]?.[target.column] !== undefined) {
      at = { row: target.row, column: target.column };
    }
    const inside = windowPlaces(window, at.row, at.column);
    /** @type {string[]} */
    const winners = [];
    fieldGrids.forEach((grid, each) => {
      const values = inside.map(({ row, column }) => fields[each][row][column]);
      const best = mode === "max" ? inside.filter((_, i) => values[i] === pooled[each][at.row][at.column]) : [];
      grid.frame("window", { ...inside[0], rows: window.kernel[0], columns: window.kernel[1] });
      grid.mark("window", inside);
      grid.mark("winner", [...best, ...view.winners[each]]);
      grid.mark("first", best.slice(0, 1));
      grid.mark("cursor", own.slice(each, each + 1));
      const lit = own[each] ? inside.findIndex(isAt(own[each])) : -1;
      write(sums[each].line, values, lit);
      if (best.length) {
        const first = placeText(best[0].row, best[0].column);
        winners.push(
          `${each ? "After it" : "Before the shift"}, ${best.length > 1 ? `${best.length} values tie; PyTorch takes the first of them, at` : "the winner is at"} ${first}.`,
        );
      }
    });
    pooledGrids.forEach((grid, index) => {
      grid.frame("output", at);
      grid.mark("user", users[index] ?? []);
    });
    const [before, after] = pooled.map((values) => values[at.row][at.column]);
    const change = difference[at.row][at.column];
    const subtracted = formatNumber(before, 2);
    sums[2].line.replaceChildren(
      `${formatNumber(after, 2)} − ${before < 0 ? `(${subtracted})` : subtracted} ${equals(before, after, change)} `,
      h("b", {}, formatNumber(change, 2)),
    );
    setText(heading, `Output at ${placeText(at.row, at.column)}`);
    let text = "Move the pattern by one pixel with the arrows, then by a second one. When do the outputs only move along, and when do their values change?";
    if (late >= 0) {
      text = `This value is read by ${users[0].length} of ${outputs.length} windows before the shift, and by ${users[1].length} after it.`;
    } else if (target) text = winners.join(" ") || modes[mode].finding;
    setText(hint, inside.length > 16 ? `${text} Zeros are left out of the formulas.` : text);
  }

  /**
   * One window's report written out, with the value pointed at lit.
   *
   * @param {HTMLElement} line
   * @param {number[]} values
   * @param {number} lit
   */
  function write(line, values, lit) {
    const parts = reportParts(values, view.mode);
    line.replaceChildren(
      ...parts.map(({ text, index }, nth) => {
        if (nth === parts.length - 1) return h("b", {}, text);
        if (index === undefined) return text;
        return h("span", { class: `cnn-part${index === lit ? " is-cursor" : ""}` }, text);
      }),
    );
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  function pin(row, column) {
    state.update({ position: [row, column] });
    const [before, after] = view.pooled.map((values) => formatNumber(values[row][column], 2));
    live.say(`Output ${placeText(row, column)}: ${before} before, ${after} after.`);
  }

  /** @param {string} what */
  function say(what) {
    live.say(`${what}: ${changed()} outputs changed. ${verdictText()}`);
  }

  function changed() {
    const values = view.difference.flat();
    return `${values.filter(Boolean).length} of ${values.length}`;
  }

  function shiftText() {
    return directions(view.shift) || "back to the start";
  }

  function verdictText() {
    const { fields, pooled, difference, shift, window } = view;
    if (!shift.some(Boolean)) return "Nothing is shifted yet.";
    const left = pixels(fields[1]) < pixels(fields[0]) ? " Part of the pattern has left the field." : "";
    if (!difference.flat().some(Boolean)) return `No output notices the shift.${left}`;
    const moved = movedBy(...pooled, shift, window.stride);
    return moved
      ? `The old outputs, moved ${directions(moved)}.${left}`
      : `Not just moved: the values changed.${left}`;
  }

  function code() {
    const { input, shift, window, mode } = view;
    const [down, right] = shift;
    const [kernel, stride] = [window.kernel, window.stride].map((pair) => `(${pair.join(", ")})`);
    return [
      "import torch",
      "import torch.nn.functional as F",
      "",
      `x = torch.tensor(${pythonMatrix(input)})`,
      "# zeros come in on one side, and the other side is cut off: (left, right, top, bottom)",
      `shifted = F.pad(x, (${right + 0}, ${-right + 0}, ${down + 0}, ${-down + 0}))`,
      "",
      "def pool(image):",
      `    return F.${modes[mode].code}, kernel_size=${kernel}, stride=${stride})[0]`,
      "",
      "before, after = pool(x), pool(shifted)",
      "print(before, after, after - before)",
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
 * A shift that leaves something of the field.
 *
 * @param {number[]} shift
 * @param {[number, number]} size
 * @returns {[number, number]}
 */
const legal = ([down, right], [height, width]) => [
  clamp(Math.round(down), 1 - height, height - 1),
  clamp(Math.round(right), 1 - width, width - 1),
];

/**
 * The winners of all windows that have one: where all values are equal, none stands out.
 *
 * @param {Matrix} field
 * @param {import("../core/pooling.js").Window} window
 * @param {Matrix} outputs
 */
const decided = (field, window, outputs) =>
  places(outputs).flatMap(({ row, column }) => {
    const inside = windowPlaces(window, row, column);
    const best = inside.filter((at) => field[at.row][at.column] === outputs[row][column]);
    return best.length < inside.length ? best : [];
  });

/**
 * @param {Place} place
 * @returns {(other: Place) => boolean}
 */
const isAt =
  ({ row, column }) =>
  (other) =>
    other.row === row && other.column === column;

/** @param {Matrix} matrix */
const pixels = (matrix) => matrix.flat().filter(Boolean).length;

/**
 * @param {[number, number]} move
 * @returns {string} "1 down and 2 left"; empty where nothing moves
 */
const directions = ([down, right]) =>
  [
    down && `${Math.abs(down)} ${down > 0 ? "down" : "up"}`,
    right && `${Math.abs(right)} ${right > 0 ? "right" : "left"}`,
  ]
    .filter(Boolean)
    .join(" and ");
