/**
 * The receptive field: a stack of layers as a pyramid, any unit back to its pixels and forward.
 */
import { clamp } from "../core/matrix.js";
import {
  connections,
  countPaths,
  countUnits,
  fits,
  follow,
  legal,
  limits,
  mostLayers,
  pathsHint,
  readers,
  recurrence,
  unitName,
} from "../core/receptive-field.js";
import { createState } from "../model.js";
import { createCanvas } from "../ui/canvas.js";
import { button, choice, range } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { append, h, s, setText, uniqueId } from "../ui/dom.js";
import { actions, band, controls } from "../ui/layout.js";
import { createLive } from "../ui/live.js";

/** @typedef {import("../core/receptive-field.js").Layer} Layer */
/** @typedef {import("../ui/cursor.js").Target} Target */
/** @typedef {keyof Layer} Key */

export const name = "receptive-field";

const view = "pyramid";
const plain = { kernel_size: 3, stride: 1, dilation: 1 };
const keys = /** @type {Key[]} */ (Object.keys(limits));
/** Below the pyramid, in rows: where the bars of the paths stand. */
const profile = 1.75;

/**
 * Three 3×3 layers that differ in one setting.
 *
 * @param {Key} key
 * @param {number[]} values
 * @returns {Layer[]}
 */
const stack = (key, values) => values.map((value) => ({ ...plain, [key]: value }));

/** @type {Record<string, Layer[]>} */
const presets = {
  "three 3×3": stack("stride", [1, 1, 1]),
  "dilations 1 2 4": stack("dilation", [1, 2, 4]),
  "dilations 2 2 2": stack("dilation", [2, 2, 2]),
  "strides 2 2 2": stack("stride", [2, 2, 2]),
};

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const live = createLive();
  const state = createState(model, ["layers", "position"], redraw);
  const cursor = createCursor(show);
  let now = read();

  /** Everything that follows from the settings, worked out once for each change. */
  function read() {
    const layers = legal(state.get("layers") ?? []);
    const units = countUnits(layers);
    const last = layers.length;
    const [layer, unit] = state.get("position") ?? [last, Math.floor(units[last] / 2)];
    return { layers, units, fields: follow(layers), last, pinned: place(units, layer, unit) };
  }

  /**
   * @param {number[]} units
   * @param {number} layer
   * @param {number} unit
   * @returns {Target}
   */
  function place(units, layer, unit) {
    const row = clamp(layer, 0, units.length - 1);
    return { view, row, column: clamp(unit, 0, units[row] - 1) };
  }

  /** @type {Record<string, SVGPathElement>} */
  const shapes = {};
  const svg = s("svg", { preserveAspectRatio: "none", "aria-hidden": "true" });
  const how = uniqueId();
  const frame = h(
    "div",
    {
      class: "cnn-pyramid",
      role: "application",
      tabindex: 0,
      "aria-describedby": how,
    },
    svg,
  );
  const names = h("div", { class: "cnn-names", "aria-hidden": "true" });
  const counts = h("div", { class: "cnn-counts", "aria-hidden": "true" });
  const heading = h("p", { class: "cnn-band-title" });
  const labels = ["first pixel", "last pixel", "reads", "paths", "read by"];
  const lines = labels.map(() => [h("span"), h("b")]);
  const hint = h("p", { class: "cnn-hint" });
  const canvas = createCanvas({ label: "" });
  const plane = h("p", { class: "cnn-plane-note" });
  /** What is said of the unit now shown. */
  let sentence = "";

  const preset = choice({
    label: "Layers",
    choices: Object.keys(presets).map((value) => ({ value, label: value })),
    onInput: (value) => change(presets[value]),
  });
  const layerRange = range({
    label: "Layer",
    text: (value) => (value ? `${value}` : "input"),
    onInput: (value) => pin(nearest(value, center(now.pinned))),
  });
  const unitRange = range({
    label: "Unit",
    text: (value) => `${value}`,
    onInput: (value) => pin(place(now.units, now.pinned.row, value)),
  });
  const rows = Array.from({ length: mostLayers }, (_, index) => createRow(index));
  const add = button({ label: "Add a layer", onPress: () => change([...now.layers, plain]) });
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
    preset,
    h("div", { class: "cnn-field" }, names, frame, counts),
    h(
      "p",
      { class: "cnn-how", id: how },
      "Point at a unit: blue leads down to the pixels it sees, orange up to the units that see it. Arrow keys move.",
    ),
    controls(layerRange, unitRange),
    band(
      h(
        "div",
        {},
        heading,
        h(
          "dl",
          { class: "cnn-lines" },
          ...labels.flatMap((label, index) => [h("dt", {}, label), h("dd", {}, ...lines[index])]),
        ),
        hint,
      ),
      h("div", { class: "cnn-plane" }, canvas, plane),
    ),
    h(
      "div",
      { class: "cnn-layers" },
      h(
        "div",
        { class: "cnn-layer is-head", "aria-hidden": "true" },
        ...["layer", "kernel", "stride", "dilation", "size", "jump"].map((text) => h("span", {}, text)),
      ),
      ...rows.map(({ element }) => element),
    ),
    actions(add, reset, copy.button),
    copy.field,
    live,
  );

  /**
   * One layer: its three settings, and what it makes of size and jump.
   *
   * @param {number} index
   */
  function createRow(index) {
    const selects = keys.map((key) =>
      h(
        "select",
        {
          "aria-label": `Layer ${index + 1}: ${key.replace("_", " ")}`,
          onchange: (/** @type {Event} */ event) =>
            change(changed(index, key, Number(/** @type {HTMLSelectElement} */ (event.target).value))),
        },
        ...Array.from({ length: limits[key] }, (_, value) => h("option", {}, `${value + 1}`)),
      ),
    );
    const size = h("span", { class: "cnn-size" });
    const jump = h("span", { class: "cnn-jump" });
    const remove = button({
      label: `Remove layer ${index + 1}`,
      icon: "remove",
      iconOnly: true,
      onPress: () => change(now.layers.filter((_, at) => at !== index)),
    });
    const element = h(
      "div",
      { class: "cnn-layer", role: "group", "aria-label": `Layer ${index + 1}` },
      h("span", { "aria-hidden": "true" }, `${index + 1}`),
      ...selects,
      size,
      jump,
      remove,
    );
    return {
      element,
      set() {
        const { layers, fields } = now;
        const layer = layers[index];
        element.hidden = !layer;
        if (!layer) return;
        selects.forEach((select, at) => {
          const key = keys[at];
          [...select.options].forEach((option, value) => {
            option.disabled = !fits(changed(index, key, value + 1));
          });
          select.value = String(layer[key]);
        });
        const texts = recurrence(fields[index], layer);
        setText(size, texts.size);
        setText(jump, texts.jump);
        remove.element.disabled = layers.length === 1;
      },
    };
  }

  /**
   * The layers with one number replaced.
   *
   * @param {number} index
   * @param {Key} key
   * @param {number} value
   */
  function changed(index, key, value) {
    return now.layers.map((layer, at) => (at === index ? { ...layer, [key]: value } : layer));
  }

  /** @param {Layer[]} layers */
  function change(layers) {
    state.update({ layers, position: null });
    const { size, jump } = now.fields[now.last];
    live.say(`Layers: ${now.last}. A unit of the last one sees ${size} pixels; jump ${jump}.`);
  }

  /**
   * Where a unit stands, in pixels: above the middle of what it sees.
   *
   * @param {{row: number, column: number}} target
   */
  function center({ row, column }) {
    const { size, jump } = now.fields[row];
    return column * jump + size / 2;
  }

  /**
   * @param {number} layer
   * @param {number} x in pixels
   */
  function nearest(layer, x) {
    const row = clamp(layer, 0, now.last);
    const { size, jump } = now.fields[row];
    return place(now.units, row, Math.round((x - size / 2) / jump));
  }

  /** @param {Target} target */
  function pin({ row, column }) {
    state.update({ position: [row, column] });
    say();
  }

  function say() {
    live.say(sentence);
  }

  /**
   * @param {PointerEvent} event
   * @returns {Target}
   */
  function under(event) {
    const box = frame.getBoundingClientRect();
    const rowsFromTop = ((event.clientY - box.top) / box.height) * (now.last + 1 + profile);
    return nearest(
      now.last - Math.floor(rowsFromTop),
      ((event.clientX - box.left) / box.width) * now.units[0],
    );
  }

  /** @type {Record<string, (event: any) => void>} */
  const listeners = {
    pointermove: (event) => cursor.hover(under(event)),
    pointerdown: (event) => cursor.hover(under(event)),
    pointerleave: () => cursor.hover(null),
    click: (event) => pin(under(event)),
    focus: () => cursor.focus(frame.matches(":focus-visible") ? now.pinned : null),
    blur: () => cursor.focus(null),
    keydown: press,
  };
  for (const [type, listener] of Object.entries(listeners)) frame.addEventListener(type, listener);

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.altKey || event.metaKey) return;
    const at = cursor.target ?? now.pinned;
    const { row, column } = at;
    const move = {
      ArrowLeft: () => cursor.focus(place(now.units, row, column - 1)),
      ArrowRight: () => cursor.focus(place(now.units, row, column + 1)),
      ArrowUp: () => cursor.focus(nearest(row + 1, center(at))),
      ArrowDown: () => cursor.focus(nearest(row - 1, center(at))),
      Home: () => cursor.focus(place(now.units, event.ctrlKey ? now.last : row, 0)),
      End: () => cursor.focus(place(now.units, event.ctrlKey ? 0 : row, Infinity)),
      Enter: () => pin(at),
      " ": () => pin(at),
      Escape: cursor.release,
    }[event.key];
    if (!move) return;
    event.preventDefault();
    move();
    say();
  }

  function redraw() {
    now = read();
    const { layers, units, last, pinned } = now;
    svg.setAttribute("viewBox", `0 0 ${units[0]} ${last + 1 + profile}`);
    root.style.setProperty("--rows", `${last + 1 + profile}`);
    root.style.setProperty("--pixels", `${units[0]}`);
    links("all-links", () => 1);
    dots("edge", () => 1);
    dots("face", () => 1);
    names.replaceChildren(
      ...units.map((_, layer) => h("span", {}, layer ? `layer ${layer}` : "input")).reverse(),
      h("span", {}, "paths"),
    );
    counts.hidden = units[0] > 33;
    counts.classList.toggle("is-tight", units[0] > 13);
    if (counts.childElementCount !== units[0]) {
      counts.replaceChildren(...Array.from({ length: units[0] }, () => h("span")));
    }
    frame.setAttribute("aria-label", `Pyramid of ${last} layers over ${units[0]} pixels`);
    const drawn = JSON.stringify(layers);
    preset.set(Object.keys(presets).find((key) => JSON.stringify(presets[key]) === drawn) ?? "");
    layerRange.set({ value: pinned.row, min: 0, max: last });
    unitRange.set({ value: pinned.column, min: 0, max: units[pinned.row] - 1 });
    for (const row of rows) row.set();
    add.element.disabled = last === mostLayers || !fits([...layers, plain]);
    copy.stale();
    show(cursor.target);
  }

  /**
   * Draws what belongs to the target.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const { layers, units, fields, pinned } = now;
    const { row: layer, column: unit } = target ? place(units, target.row, target.column) : pinned;
    const paths = countPaths(layers, units, layer, unit);
    const { size, jump } = fields[layer];
    const first = unit * jump;
    const own = paths[0].slice(first, first + size);
    const read = own.filter(Boolean).length;
    const most = Math.max(...own);

    links("links", (at, upper, lower) => at <= layer && paths[at][upper] && paths[at - 1][lower]);
    links("up-links", (at, upper, lower) => at > layer && paths[at][upper] && paths[at - 1][lower]);
    dots("seen", (at, index) => at < layer && paths[at][index]);
    dots("up", (at, index) => at > layer && paths[at][index]);
    dots("chosen", (at, index) => at === layer && index === unit);
    draw("hole", own.map((count, at) => (count ? "" : cross(first + at))).join(""));
    draw(
      "bars",
      own
        .map((count, at) => {
          const height = ((profile - 0.6) * count) / most;
          return `M${first + at + 0.2} ${now.last + 1.05}h.6v${height}h-.6z`;
        })
        .join(""),
    );
    [...counts.children].forEach((cell, pixel) => {
      const inside = pixel >= first && pixel < first + size;
      setText(cell, inside ? `${paths[0][pixel]}` : "");
    });

    const total = own.reduce((sum, count) => sum + count, 0);
    const kernels = layers.slice(0, layer).map(({ kernel_size }) => kernel_size);
    const texts = [
      [`${unit}·${jump} = `, `${first}`],
      [`${first} + ${size} − 1 = `, `${first + size - 1}`],
      [`${read} of ${size} pixels`, ""],
      [`${kernels.join("·") || 1} = `, `${total}`],
      [readers(paths, layer), ""],
    ];
    texts.forEach((pair, index) => pair.forEach((text, at) => setText(lines[index][at], text)));
    setText(heading, unitName(layer, unit));
    sentence = `${unitName(layer, unit)}: sees pixels ${first} to ${first + size - 1}, reads ${read} of ${size}.`;
    setText(hint, pathsHint(own, first));
    paint(own, most, read);
  }

  /**
   * The field in two dimensions: paths along the rows times paths along the columns.
   *
   * @param {number[]} own
   * @param {number} most
   * @param {number} read
   */
  function paint(own, most, read) {
    const size = own.length;
    canvas.element.style.setProperty("--side", `${Math.max(1, Math.floor(128 / size)) * size}px`);
    canvas.setLabel(`Field of ${size} × ${size} pixels, of which ${read ** 2} are read`);
    canvas.draw(size, size, (pixel) => {
      const strength = (own[Math.floor(pixel / size)] * own[pixel % size]) / most ** 2;
      return [46, 120, 214, strength ? 70 + 185 * strength : 0];
    });
    setText(plane, `In two dimensions ${read}·${read} = ${read ** 2} of ${size}·${size} = ${size ** 2} pixels are read.`);
  }

  /**
   * @param {string} shape
   * @param {string} d
   */
  function draw(shape, d) {
    shapes[shape] ??= svg.appendChild(s("path", { class: `cnn-${shape}` }));
    shapes[shape].setAttribute("d", d);
  }

  /**
   * All dots of one kind are one path of strokes without length, whose round or square caps are
   * the dots: they keep their shape however the picture is stretched, and a move of the cursor
   * rewrites a few attributes.
   *
   * @param {string} shape
   * @param {(layer: number, unit: number) => unknown} wanted
   */
  function dots(shape, wanted) {
    const d = now.units.map((count, row) => {
      let line = "";
      for (let column = 0; column < count; column += 1) {
        if (wanted(row, column)) line += `M${center({ row, column })} ${now.last - row + 0.5}h0`;
      }
      return line;
    });
    draw(`pixel-${shape}`, d[0]);
    draw(shape, d.slice(1).join(""));
  }

  /** @param {number} pixel */
  function cross(pixel) {
    return `M${pixel + 0.25} ${now.last + 0.35}l.5 .3m-.5 0l.5 -.3`;
  }

  /**
   * @param {string} shape
   * @param {(layer: number, upper: number, lower: number) => unknown} wanted
   */
  function links(shape, wanted) {
    let d = "";
    for (let row = 1; row <= now.last; row += 1) {
      connections(now.layers, now.units, row, (upper, lower) => {
        if (!wanted(row, upper, lower)) return;
        const y = now.last - row + 0.5;
        d += `M${center({ row, column: upper })} ${y}L${center({ row: row - 1, column: lower })} ${y + 1}`;
      });
    }
    draw(shape, d);
  }

  function code() {
    const { layers, units, pinned } = now;
    const settings = layers.map(
      ({ kernel_size, stride, dilation }) =>
        `    nn.Conv2d(1, 1, kernel_size=${kernel_size}, stride=${stride}, dilation=${dilation}, bias=False),`,
    );
    return [
      "import torch",
      "from torch import nn",
      "",
      "network = nn.Sequential(",
      ...settings,
      ").double()",
      "for layer in network:",
      "    nn.init.ones_(layer.weight)",
      "",
      "# With every weight 1, the gradient of a unit counts its paths from each pixel.",
      `x = torch.zeros(1, 1, ${units[0]}, ${units[0]}, dtype=torch.float64, requires_grad=True)`,
      `unit = network[:${pinned.row}](x)[0, 0, ${pinned.column}, ${pinned.column}]`,
      "unit.backward()",
      "paths = x.grad[0, 0]",
      "rows = paths.sum(dim=1).nonzero()",
      "size = int(rows.max() - rows.min()) + 1",
      "read = int((paths > 0).sum())",
      "print(size, read)",
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
