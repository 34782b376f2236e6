/**
 * Channels: a filter is a stack of kernels, one for each input channel that it reads. Each kernel
 * gives partial sums; these are added, the bias is added, and the filter has made its channel.
 */
import { partialSums, possibleGroups, reads, reshaped, sumOf } from "../core/channels.js";
import { terms } from "../core/correlate.js";
import {
  formatFactor,
  formatNumber,
  formatProduct,
  pythonMatrix,
  pythonNumber,
} from "../core/format.js";
import { clamp, largest, places, replaced, shape } from "../core/matrix.js";
import { pad } from "../core/padding.js";
import { createState } from "../model.js";
import { button, choice, range } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { append, h, setText, setVariable } from "../ui/dom.js";
import { createGrid, numberCell, placeText } from "../ui/grid.js";
import { actions, band, controls, operator, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";

/** @typedef {import("../core/channels.js").Layer} Layer */
/** @typedef {import("../core/matrix.js").Matrix} Matrix */
/** @typedef {import("../ui/cursor.js").Target} Target */
/** @typedef {{row: number, column: number}} Place */

export const name = "channels";

const most = 4;
const largestKernel = 3;
const largestPadded = 6;

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const keys = ["input", "weight", "bias", "stride", "padding", "groups", "filter", "position"];
  const live = createLive();
  const state = createState(model, keys, redraw);
  const cursor = createCursor(show);

  /** @type {Layer | undefined} what the figure started with, for places that are new */
  let start;
  /** Everything that follows from the settings, worked out once for each change. */
  let view = read();
  start = view.layer;

  function read() {
    /** @type {Layer} */
    const given = {
      input: state.get("input").slice(0, most),
      weight: state.get("weight").slice(0, most),
      bias: state.get("bias"),
      groups: state.get("groups") ?? 1,
    };
    const [height, width] = shape(given.input[0]);
    const room = Math.max(0, Math.floor((largestPadded - Math.max(height, width)) / 2));
    const padding = clamp(state.get("padding") ?? 0, 0, room);
    const side = Math.min(height, width) + 2 * padding;
    const [kernelHeight, kernelWidth] = shape(given.weight[0][0]);
    const fits = kernelHeight <= height + 2 * padding && kernelWidth <= width + 2 * padding;
    const kernel = fits ? undefined : side;
    // Made to fit: another widget may be linked to one of the arrays and not to the others.
    const layer = reshaped(given, start ?? given, { kernel });
    const filter = clamp(state.get("filter") ?? 0, 0, layer.weight.length - 1);
    const stride = clamp(state.get("stride") ?? 1, 1, 4);
    const padded = layer.input.map((channel) => pad(channel, padding));
    const partials = partialSums(padded, layer, filter, stride);
    const output = sumOf(partials, layer.bias[filter]);
    const [row = 0, column = 0] = state.get("position") ?? [];
    return {
      ...reads(layer, filter),
      layer,
      kernels: layer.weight[filter],
      bias: layer.bias[filter],
      filter,
      stride,
      padding,
      room,
      side,
      padded,
      partials,
      output,
      pinned: {
        row: clamp(row, 0, output.length - 1),
        column: clamp(column, 0, output[0].length - 1),
      },
    };
  }

  /**
   * One input channel with what becomes of it, and its line of the formula.
   *
   * @param {number} channel
   */
  function createRow(channel) {
    const input = createGrid({
      view: `input-${channel}`,
      caption: "",
      cursor,
      kind: "cnn-grid-input",
      onEdit: (row, column, value) => {
        const { layer, padding } = view;
        const at = /** @type {const} */ ([row - padding, column - padding]);
        const edited = replaced(layer.input[channel], ...at, value);
        state.update({ input: layer.input.map((old, c) => (c === channel ? edited : old)) });
        sayEdit(`x[${channel}, ${at.join(", ")}]`, value);
      },
    });
    const kernel = createGrid({
      view: `kernel-${channel}`,
      caption: "",
      cursor,
      onEdit: (row, column, value) => {
        const { layer, filter, first } = view;
        const weight = layer.weight.map((stack, o) =>
          stack.map((old, i) =>
            o === filter && i === channel - first ? replaced(old, row, column, value) : old,
          ),
        );
        state.update({ weight });
        sayEdit(`weight[${filter}, ${channel - first}, ${row}, ${column}]`, value);
      },
    });
    const partial = createGrid({ view: `partial-${channel}`, caption: "", cursor, onPress: pin });
    const note = h("p", { class: "cnn-channel-note" });
    const label = h("dt");
    const sum = h("dd");
    const line = h("div", {}, label, sum);
    sum.addEventListener("pointerover", (event) => {
      const { index } = /** @type {HTMLElement} */ (event.target).dataset;
      const width = view.kernels[0][0].length;
      if (index) {
        cursor.hover({
          view: `kernel-${channel}`,
          row: Math.floor(Number(index) / width),
          column: Number(index) % width,
        });
      }
    });
    sum.addEventListener("pointerleave", () => cursor.hover(null));
    /** @type {HTMLElement[]} */
    let products = [];
    const result = h("b");
    const element = h(
      "div",
      { class: "cnn-channel" },
      input,
      operator("⋆", "cross-correlated with"),
      kernel,
      operator("=", "equals"),
      partial,
      note,
    );
    setVariable(element, "--row", channel + 2);
    return {
      element,
      input,
      kernel,
      partial,
      note,
      line,
      label,
      sum,

      /**
       * The formula's line: products and their sum.
       *
       * @param {import("../core/correlate.js").Term[]} list
       * @param {number} value
       */
      write(list, value) {
        if (list.length !== products.length || !sum.contains(result)) {
          products = list.map((_, index) => h("span", { class: "cnn-part", "data-index": index }));
          sum.replaceChildren(
            ...products.map((item, index) => h("span", {}, index ? "+ " : "", item, " ")),
            h("span", {}, "= ", result),
          );
        }
        list.forEach((term, index) => setText(products[index], formatProduct(term)));
        setText(result, formatNumber(value));
      },

      /** @param {number} index of the product to light, −1 for none */
      light(index) {
        products.forEach((item, i) => item.classList.toggle("is-cursor", i === index));
      },
    };
  }

  /** @type {ReturnType<typeof createRow>[]} */
  const rows = [];
  const biasGrid = createGrid({
    view: "bias",
    caption: "",
    cursor,
    onEdit: (_row, _column, value) => {
      const { layer, filter } = view;
      state.update({ bias: layer.bias.map((old, o) => (o === filter ? value : old)) });
      sayEdit(`bias[${filter}]`, value);
    },
  });
  const outputGrid = createGrid({
    view: "output",
    caption: "",
    cursor,
    kind: "cnn-grid-output",
    onPress: pin,
  });
  const heads = [0, 1, 2].map(() => h("p", { class: "cnn-channels-head" }));
  const biasRow = h(
    "div",
    { class: "cnn-channel is-bias" },
    biasGrid,
    h("p", { class: "cnn-channel-note" }, "+ bias, in every cell"),
  );
  const top = stage(
    h("div", { class: "cnn-filter-panel" }),
    ...heads,
    biasRow,
    h("div", { class: "cnn-bracket" }),
    operator("=", "added up, equals"),
    outputGrid,
  );
  top.classList.add("cnn-channels");
  const heading = h("p", { class: "cnn-band-title" });
  const lines = h("dl", { class: "cnn-channel-sums" });
  const addends = h("span");
  const biasTerm = h("span", { class: "cnn-part" });
  const total = h("strong", { class: "cnn-formula-total" });
  const hint = h("p", { class: "cnn-hint" });
  const counts = h("dl", { class: "cnn-counts" });
  addends.addEventListener("pointerover", (event) => {
    const { channel } = /** @type {HTMLElement} */ (event.target).dataset;
    if (channel) cursor.hover({ view: `partial-${channel}`, ...place(cursor.target) });
  });
  addends.addEventListener("pointerleave", () => cursor.hover(null));

  const filterChoice = numbers("Filter", 0, (filter) => {
    state.update({ filter });
    live.say(`Filter ${filter} makes output channel ${filter}.`);
  });
  const groupsChoice = numbers("Groups", 1, (groups) => reshape({ groups }));
  const groupsLegend = /** @type {HTMLElement} */ (groupsChoice.element.firstElementChild);
  const channelsRange = slider("Channels in", (channels) => reshape({ channels }));
  const filtersRange = slider("Filters", (filters) => reshape({ filters }));
  const kernelRange = slider("Kernel size", (kernel) => reshape({ kernel }));
  const strideRange = slider("Stride", (stride) => state.update({ stride }));
  const paddingRange = slider("Padding", (padding) => state.update({ padding }));
  const oneByOne = button({
    label: "1×1 kernels",
    onPress: () => reshape({ kernel: 1 }, { padding: 0 }),
  });
  const depthwise = button({
    label: "Depthwise",
    onPress: () => {
      const channels = view.layer.input.length;
      reshape({ filters: channels, groups: channels });
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
    controls(filterChoice, groupsChoice),
    top,
    band(
      heading,
      lines,
      h("p", { class: "cnn-total" }, addends, " + ", h("small", {}, "bias"), " ", biasTerm, " = ", total),
      hint,
    ),
    counts,
    controls(
      channelsRange,
      filtersRange,
      kernelRange,
      strideRange,
      paddingRange,
    ),
    actions(oneByOne, depthwise, reset, copy.button),
    copy.field,
    live,
  );

  /**
   * Radio buttons for a few numbers, of which only some are possible now.
   *
   * @param {string} label
   * @param {number} first
   * @param {(value: number) => void} onInput
   */
  function numbers(label, first, onInput) {
    const values = Array.from({ length: most }, (_, index) => first + index);
    const control = choice({
      label,
      choices: values.map((value) => ({ value: String(value), label: String(value) })),
      onInput: (value) => onInput(Number(value)),
    });
    const items = control.element.querySelectorAll("label");
    return {
      element: control.element,
      /**
       * @param {number} value
       * @param {(value: number) => boolean} possible
       */
      set(value, possible) {
        control.set(String(value));
        values.forEach((each, index) => (items[index].hidden = !possible(each)));
      },
    };
  }

  /**
   * @param {string} label
   * @param {(value: number) => void} onInput
   */
  function slider(label, onInput) {
    return range({ label, onInput, onCommit: saySizes });
  }

  /**
   * @param {Parameters<typeof reshaped>[2]} change
   * @param {Record<string, any>} [settings]
   */
  function reshape(change, settings) {
    const next = reshaped(view.layer, start ?? view.layer, change);
    state.update({ ...next, ...settings, filter: Math.min(view.filter, next.weight.length - 1) });
    saySizes();
  }

  function redraw() {
    view = read();
    const { layer, group, first, depth, kernels, bias, filter, stride, padding, room, side } = view;
    const { padded, partials, output } = view;
    const { input, weight, groups } = layer;
    const channels = input.length;
    const [height, width] = shape(padded[0]);
    const [kernelHeight, kernelWidth] = shape(kernels[0]);
    const [outputHeight, outputWidth] = shape(output);
    // A wide output stands below the partial sums that it is the sum of, a narrow one beside them.
    const large = width + 2 * outputWidth > 13;
    top.classList.toggle("is-large", large);
    // Not by the output's exact width: a change of the cells' size costs more than all else.
    setVariable(top, "--across", width + (large ? 10 : 9));
    setVariable(top, "--count", channels);
    setVariable(biasRow, "--row", channels + 2);

    while (rows.length < channels) {
      const row = createRow(rows.length);
      rows.push(row);
      biasRow.before(row.element);
      lines.append(row.line);
    }
    const weightLimit = largest(kernels.flat());
    const sumLimit = largest([...partials, output].flat());
    rows.forEach((row, channel) => {
      const kernel = kernels[channel - first];
      const away = channel >= channels;
      row.element.hidden = row.line.hidden = away;
      if (away) return;
      for (const part of [row.element, row.line]) part.classList.toggle("is-unread", !kernel);
      row.input.setCaption(`Input channel ${channel}`);
      row.input.render(
        height,
        width,
        (i, j) => {
          const value = input[channel][i - padding]?.[j - padding];
          return value === undefined
            ? { text: "0", kind: "is-padding" }
            : { text: formatNumber(value), value };
        },
        padding,
      );
      if (!kernel) {
        row.input.frame("window", null);
        for (const mark of ["window", "cursor", "reach"]) row.input.mark(mark, []);
        const other = Math.floor(channel / depth);
        setText(row.note, `Not read: this channel is in group ${other}, filter ${filter} in group ${group}.`);
        setText(row.label, `x[${channel}]`);
        row.sum.textContent = `not read by filter ${filter}`;
        return;
      }
      setText(row.label, `x[${channel}] ⋆ weight[${filter}, ${channel - first}]`);
      row.kernel.setCaption(`weight[${filter}, ${channel - first}]`);
      row.kernel.render(kernelHeight, kernelWidth, (i, j) => ({
        ...numberCell(kernel[i][j], weightLimit),
        value: kernel[i][j],
      }));
      row.kernel.frame("window", { row: 0, column: 0, rows: kernelHeight, columns: kernelWidth });
      const partial = partials[channel - first];
      row.partial.setCaption(`${channel > first ? "+ " : ""}Partial sum ${channel}`);
      row.partial.render(outputHeight, outputWidth, (i, j) => numberCell(partial[i][j], sumLimit));
    });
    setVariable(lines, "--columns", kernelWidth);
    setText(heads[0], `Input\n${many(channels, "channel")}`);
    setText(heads[1], `Filter ${filter}\n${many(depth, "kernel")}`);
    setText(heads[2], `Partial sums\nadded up`);
    biasGrid.setCaption(`bias[${filter}]`);
    biasGrid.render(1, 1, () => ({ ...numberCell(bias, Math.max(sumLimit, Math.abs(bias))), value: bias }));
    outputGrid.setCaption(`Output channel ${filter}`);
    outputGrid.render(outputHeight, outputWidth, (i, j) => numberCell(output[i][j], sumLimit));
    outputGrid.select(view.pinned);
    setText(groupsLegend, `Groups, a divisor of ${channels} and ${weight.length}`);
    addends.replaceChildren(
      ...kernels.flatMap((_, index) => [
        index ? " + " : "",
        h("span", { class: "cnn-part", "data-channel": first + index }),
      ]),
    );
    setText(biasTerm, formatFactor(bias));

    filterChoice.set(filter, (value) => value < weight.length);
    groupsChoice.set(groups, (value) => possibleGroups(channels, weight.length).includes(value));
    channelsRange.set({ value: channels, min: 1, max: most });
    filtersRange.set({ value: weight.length, min: 1, max: most });
    // A kernel that is not square may be longer than the input's shorter side.
    const longer = Math.max(kernelHeight, kernelWidth);
    kernelRange.set({ value: longer, min: 1, max: Math.max(longer, Math.min(largestKernel, side)) });
    const steps = Math.max(height - kernelHeight, width - kernelWidth) + 1;
    strideRange.set({ value: stride, min: 1, max: Math.max(stride, Math.min(4, steps)) });
    paddingRange.set({
      value: padding,
      min: padding - Math.min(padding, Math.floor(Math.min(height - kernelHeight, width - kernelWidth) / 2)),
      max: room,
    });
    const size = `(${channels}/${groups})·${kernelHeight}·${kernelWidth}`;
    const number = weight.length * depth * kernelHeight * kernelWidth;
    counts.replaceChildren(
      ...[
        ["Parameters", `${weight.length}·${size} + ${weight.length}`, number + weight.length],
        ["Multiply-adds", `${weight.length}·${outputHeight}·${outputWidth}·${size}`, number * outputHeight * outputWidth],
      ].map(([label, text, count]) => h("div", {}, h("dt", {}, `${label}`), h("dd", {}, `${text} = `, h("b", {}, `${count}`)))),
    );
    copy.stale();
    show(cursor.target);
  }

  /**
   * The output cell that a target is about.
   *
   * @param {Target | null} target
   * @returns {Place}
   */
  function place(target) {
    const { output, pinned } = view;
    const points = target && /^(output|partial)/.test(target.view);
    return points && output[target.row]?.[target.column] !== undefined
      ? { row: target.row, column: target.column }
      : pinned;
  }

  /**
   * Lights what belongs to the target in every view.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const { first, kernels, filter, stride, padding, padded, partials, output } = view;
    const [kernelHeight, kernelWidth] = shape(kernels[0]);
    const at = place(target);
    const corner = { row: at.row * stride, column: at.column * stride };
    const count = output.length * output[0].length;
    const [kind, which] = (target?.view ?? "").split("-");
    const pointed = which ? Number(which) : -1;
    const own = kernels[pointed - first];
    /** @type {Place | null} the weight to light */
    let lit = null;
    /** @type {Place[]} */
    let reach = [];
    /** @type {Place[]} */
    let users = [];
    let text = "Each kernel reads its own channel. Added up, with the bias, that is one number. Choose another filter: it makes another channel of the same input.";
    if (target && kind === "input" && padded[pointed]?.[target.row]?.[target.column] !== undefined) {
      const value = `x[${pointed}, ${formatNumber(target.row - padding)}, ${formatNumber(target.column - padding)}]`;
      if (own) {
        lit = { row: target.row - corner.row, column: target.column - corner.column };
        users = places(output).filter(
          ({ row, column }) =>
            own[target.row - row * stride]?.[target.column - column * stride] !== undefined,
        );
        text = `${value} takes part in ${users.length} of the ${count} cells of this output channel.`;
      } else text = `Filter ${filter} never reads ${value}: its channel is in another group.`;
    }
    if (target && kind === "kernel" && own?.[target.row]?.[target.column] !== undefined) {
      lit = { row: target.row, column: target.column };
      reach = places(output).map(({ row, column }) => ({
        row: row * stride + target.row,
        column: column * stride + target.column,
      }));
      text = `This weight meets the ${count} dotted values of channel ${pointed}, and nothing of any other channel.`;
    }
    if (kind === "partial" && own) text = `What channel ${pointed} adds. The output has one map for each filter, not one for each kernel.`;
    if (kind === "bias") text = `One bias for each filter: added once to each of the ${count} cells, not once for each channel.`;
    if (lit && own[lit.row]?.[lit.column] === undefined) lit = null;

    kernels.forEach((kernel, index) => {
      const channel = first + index;
      const row = rows[channel];
      const mine = channel === pointed;
      const list = terms(padded[channel], kernel, at.row, at.column, stride);
      const term = mine && lit ? lit.row * kernelWidth + lit.column : -1;
      row.input.frame("window", { ...corner, rows: kernelHeight, columns: kernelWidth });
      row.input.mark("window", list);
      row.input.mark("cursor", mine && target && kind === "input" ? [target] : list.slice(term, term + 1));
      row.input.mark("reach", mine ? reach : []);
      row.kernel.mark("cursor", mine && lit ? [lit] : []);
      row.partial.frame("output", at);
      row.partial.mark("user", mine ? users : []);
      row.write(list, partials[index][at.row][at.column]);
      row.light(term);
      const addend = addends.children[index];
      setText(addend, formatFactor(partials[index][at.row][at.column]));
      addend.classList.toggle("is-cursor", mine);
    });
    biasTerm.classList.toggle("is-cursor", kind === "bias");
    biasGrid.mark("cursor", kind === "bias" ? [{ row: 0, column: 0 }] : []);
    outputGrid.frame("output", at);
    outputGrid.mark("user", users);
    setText(heading, `Output channel ${filter} at ${placeText(at.row, at.column)}`);
    setText(total, formatNumber(output[at.row][at.column]));
    setText(hint, text);
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  function pin(row, column) {
    state.update({ position: [row, column] });
    live.say(`Output channel ${view.filter}, ${placeText(row, column)}: sum ${sum()}.`);
  }

  function sum() {
    const { output, pinned } = view;
    return formatNumber(output[pinned.row][pinned.column]);
  }

  /**
   * @param {string} what
   * @param {number} value
   */
  function sayEdit(what, value) {
    const { row, column } = view.pinned;
    live.say(`${what} is now ${formatNumber(value)}; the sum at ${placeText(row, column)} is ${sum()}.`);
  }

  function saySizes() {
    const { layer, depth, output } = view;
    live.say(
      `${many(layer.weight.length, "filter")} of ${many(depth, "kernel")}; the output is ${[layer.weight.length, ...shape(output)].join(" × ")}.`,
    );
  }

  function code() {
    const { layer, filter, stride, padding } = view;
    const { input, weight, bias, groups } = layer;
    return [
      "import torch",
      "import torch.nn.functional as F",
      "",
      `x = torch.tensor(${listed(input.map(pythonMatrix))})`,
      `weight = torch.tensor(${listed(weight.map((stack) => listed(stack.map(pythonMatrix))))})`,
      `bias = torch.tensor([${bias.map(pythonNumber).join(", ")}])`,
      "# conv2d wants (batch, channels, height, width): put an axis in front, take it off again",
      `output = F.conv2d(x[None], weight, bias, stride=${stride}, padding=${padding}, groups=${groups})[0]`,
      `print(output[${filter}])`,
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

/** @param {string[]} items */
const listed = (items) => `[${items.join(", ")}]`;

/**
 * @param {number} count
 * @param {string} thing
 */
const many = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;
