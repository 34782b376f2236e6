/**
 * A picture to paint, its numbers, and the row in memory that holds them: one cursor over all
 * three, and a shuffle that changes the picture and none of the values.
 */
import { clamp } from "../core/matrix.js";
import { indexOf, level, line, offsetText, shuffleOrder, source, steps } from "../core/pixels.js";
import { createState } from "../model.js";
import { button, choice, range } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { append, h, setText, setVariable, uniqueId } from "../ui/dom.js";
import { createGrid } from "../ui/grid.js";
import { actions, band, controls, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";

/** @typedef {import("../ui/cursor.js").Target} Target */

export const name = "pixels";

const channels = ["red", "green", "blue"];

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const live = createLive();
  const keys = ["image", "maximum", "shuffled", "channel", "position", "brush"];
  const state = createState(model, keys, redraw);
  const cursor = createCursor(show);

  /** Everything that follows from the settings, worked out once for each change. */
  let view = read();

  function read() {
    const image = state.get("image");
    const color = Array.isArray(image[0][0]);
    const [height, width] = color ? [image[0].length, image[0][0].length] : [image.length, image[0].length];
    const area = height * width;
    /** @type {number[]} */
    const values = image.flat(2);
    /** @type {import("../core/pixels.js").Size} */
    const size = [values.length / area, height, width];
    const order = shuffleOrder(area);
    const shuffled = Boolean(state.get("shuffled"));
    const maximum = state.get("maximum") ?? 16;
    const [row = 0, column = 0] = state.get("position") ?? [];
    const first = clamp(state.get("channel") ?? 0, 0, size[0] - 1) * area;
    return {
      color,
      height,
      width,
      area,
      values,
      size,
      order,
      shuffled,
      shown: shuffled ? values.map((_, offset) => values[source(offset, order)]) : values,
      maximum,
      brush: clamp(state.get("brush") ?? maximum, 0, maximum),
      /** Where the channel begins that is shown as numbers. */
      first,
      pinned: first + clamp(row, 0, height - 1) * width + clamp(column, 0, width - 1),
    };
  }

  const how = uniqueId();
  const shared = { caption: "Pixels", cursor, kind: "cnn-grid-input", rulers: true };
  const picture = createGrid({
    ...shared,
    view: "picture",
    describe: how,
    onPress: (row, column) => {
      // A stroke of the pointer has painted already.
      if (!stroked) {
        const at = view.first + row * view.width + column;
        paint([at], inkFor(at));
        say();
      }
      stroked = false;
    },
  });
  const { table } = picture;
  // It can be painted, though not typed into.
  table.removeAttribute("aria-readonly");
  const numbers = createGrid({
    ...shared,
    view: "numbers",
    least: 0,
    limit: 255,
    onPress: (row, column) => state.update({ position: [row, column] }),
    onEdit: (row, column, value) => {
      paint([view.first + row * view.width + column], clamp(Math.round(value), 0, view.maximum));
      say();
    },
  });

  const bar = h("div", { class: "cnn-memory-bar", role: "img" });
  const marker = h("div", { class: "cnn-marker" });
  const starts = h("div", { class: "cnn-memory-starts", "aria-hidden": "true" });
  const strip = h("div", { class: "cnn-memory" }, bar, marker, starts);
  const memory = range({
    label: "Offset in memory",
    text: (offset) => `${offset}: ${named(offset)}`,
    onInput: pin,
    onCommit: say,
  });
  memory.element.classList.add("cnn-memory-range");
  memory.input.before(strip);
  for (const kind of ["pointermove", "pointerdown", "pointerleave"]) {
    strip.addEventListener(kind, (event) => {
      const column = under(/** @type {MouseEvent} */ (event), bar, view.values.length, 1);
      if (kind === "pointerdown" && column >= 0) {
        pin(column);
        say();
      }
      cursor.hover(column < 0 ? null : { view: "memory", row: 0, column });
    });
  }

  const heading = h("p", { class: "cnn-band-title" });
  const lines = ["offset", "value"].map((label) => {
    const parts = [h("span"), h("b")];
    return { parts, items: [h("dt", {}, label), h("dd", {}, ...parts)] };
  });
  const hint = h("p", { class: "cnn-hint" });
  const explanation = band(
    heading,
    h("dl", { class: "cnn-lines" }, ...lines.flatMap(({ items }) => items)),
    hint,
  );
  explanation.classList.add("is-split");
  const facts = h("p", { class: "cnn-facts" });

  const swatch = h("span", { class: "cnn-swatch", "aria-hidden": "true" });
  const brush = range({
    label: "Brush",
    onInput: (value) => state.update({ brush: value }),
  });
  brush.element.children[0].append(swatch);
  const channelChoice = choice({
    label: "Channel",
    choices: channels.map((label, index) => ({ value: String(index), label })),
    onInput: (value) => {
      state.update({ channel: Number(value) });
      say();
    },
  });
  const orderChoice = choice({
    label: "Order of the pixels",
    choices: [
      { value: "kept", label: "As painted" },
      { value: "shuffled", label: "Shuffled" },
    ],
    onInput: (value) => {
      state.update({ shuffled: value === "shuffled" });
      live.say(factText());
    },
  });
  const clear = button({
    label: "Clear",
    onPress: () => {
      store(view.values.map(() => 0));
      live.say("Every value is 0.");
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
  const top = stage(picture, numbers);

  append(
    root,
    controls(brush, orderChoice, view.color ? channelChoice.element : null),
    h(
      "p",
      { class: "cnn-how", id: how },
      "Press or drag on the picture to paint, again to erase; Enter does it too. Type into the numbers.",
    ),
    top,
    facts,
    memory,
    explanation,
    actions(clear, reset, copy.button),
    copy.field,
    live,
  );

  /** @type {{ink: number, last: number} | null} a last pixel of −1 is outside the picture */
  let stroke = null;
  /** Whether the click that follows belongs to a stroke. */
  let stroked = false;
  /** @param {MouseEvent} event */
  const pixelUnder = (event) => under(event, picture.svg, view.width, view.height);

  table.addEventListener("pointerdown", (event) => {
    const last = pixelUnder(event);
    if (event.button || last < 0) return;
    stroked = true;
    stroke = { ink: inkFor(view.first + last), last };
    paint([view.first + last], stroke.ink);
    addEventListener(
      "pointerup",
      () => {
        stroke = null;
        say();
      },
      { once: true },
    );
  });
  table.addEventListener("pointermove", (event) => {
    if (!stroke || !event.buttons) return;
    const { ink, last } = stroke;
    const { width, first } = view;
    const at = pixelUnder(event);
    stroke.last = at;
    if (at < 0 || at === last) return;
    cursor.hover({ view: "picture", row: Math.floor(at / width), column: at % width });
    paint(line(last < 0 ? at : last, at, width).map((cell) => first + cell), ink);
  });
  table.addEventListener("keydown", () => (stroked = false), true);

  /**
   * What a stroke that begins here paints: the brush, or nothing where the brush has been.
   *
   * @param {number} offset
   */
  function inkFor(offset) {
    return view.shown[offset] === view.brush ? 0 : view.brush;
  }

  /**
   * @param {number[]} offsets
   * @param {number} value
   */
  function paint(offsets, value) {
    const { values, shuffled, order } = view;
    const next = [...values];
    for (const offset of offsets) next[shuffled ? source(offset, order) : offset] = value;
    store(next, offsets[offsets.length - 1]);
  }

  /**
   * @param {number[]} values
   * @param {number} [at] the pixel to pin
   */
  function store(values, at = view.pinned) {
    const { size, color, width, height } = view;
    const [, row, column] = indexOf(at, size);
    const rows = chunks(values, width);
    state.update({ image: color ? chunks(rows, height) : rows, position: [row, column] });
  }

  /** @param {number} offset */
  function pin(offset) {
    const [channel, row, column] = indexOf(offset, view.size);
    cursor.release();
    state.update({ channel, position: [row, column] });
  }

  /** @param {number} offset */
  const named = (offset) =>
    `x[${indexOf(offset, view.size)
      .slice(view.color ? 0 : 1)
      .join(", ")}]`;

  function factText() {
    const { shown, size } = view;
    const sum = shown.reduce((total, value) => total + value, 0);
    return `${shown.length} values: their sum is ${sum}. The steps between neighboring pixels add up to ${steps(shown, size)}.`;
  }

  function redraw() {
    view = read();
    const { shown, color, height, width, area, size, maximum, first, pinned, shuffled } = view;
    setVariable(top, "--across", 2 * width);
    setVariable(top, "--across-narrow", width + (width < 12 ? 1 : 0));
    /** @param {(channel: number) => number} value */
    const paintOf = (value) => `rgb(${[0, 1, 2].map((c) => level(value(c), maximum)).join()})`;
    /**
     * The color of one value alone: gray, or a shade of its channel.
     *
     * @param {number} value
     * @param {number} offset
     */
    const shade = (value, offset) =>
      paintOf((c) => (!color || c === Math.floor(offset / area) ? value : 0));

    picture.setCaption(`Picture, ${height} × ${width}`);
    picture.render(height, width, (row, column) => {
      const at = row * width + column;
      return {
        text: "",
        label: color
          ? channels.map((label, c) => `${label} ${shown[c * area + at]}`).join(", ")
          : String(shown[at]),
        color: paintOf((c) => shown[color ? c * area + at : at]),
      };
    });
    const channel = first / area;
    numbers.setCaption(color ? `Channel ${channel}, ${channels[channel]}: x[${channel}]` : "Its numbers, x");
    numbers.render(height, width, (row, column) => {
      const value = shown[first + row * width + column];
      return { text: String(value), value, kind: value ? "" : "is-zero" };
    });
    picture.setRulers(String, String);
    numbers.setRulers(String, String);
    const [, row, column] = indexOf(pinned, size);
    numbers.select({ row, column });

    const stops = shown.map(
      (value, offset) => `${shade(value, offset)} 0 ${(100 * (offset + 1)) / shown.length}%`,
    );
    bar.style.background = `linear-gradient(90deg, ${stops.join()})`;
    bar.setAttribute("aria-label", `${shown.length} values in one row, one row of the picture after the other`);
    starts.replaceChildren(
      ...Array.from({ length: color ? 3 : height }, (_, index) =>
        h("span", {}, color ? `${index * area} ${channels[index]}` : String(index * width)),
      ),
    );

    setText(facts, factText());
    swatch.style.background = shade(view.brush, first);
    brush.set({ value: view.brush, min: 0, max: maximum });
    orderChoice.set(shuffled ? "shuffled" : "kept");
    channelChoice.set(String(channel));
    copy.stale();
    show(cursor.target);
  }

  /**
   * Lights what belongs to the target in every view.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const { shown, color, pinned, first, height, width, area, size, order, shuffled } = view;
    let at = pinned;
    if (target && target.column < (target.view === "memory" ? shown.length : width) && target.row < height) {
      at = target.view === "memory" ? target.column : first + target.row * width + target.column;
    }
    const [channel, row, column] = indexOf(at, size);
    const box = { row, column };
    const listed = channel * area === first ? [box] : [];

    picture.frame("casing", box);
    picture.frame("window", box);
    numbers.frame("window", listed[0] ?? null);
    numbers.mark("cursor", listed);
    marker.style.left = `${(100 * (at + 0.5)) / shown.length}%`;
    marker.style.width = `${100 / shown.length}%`;
    memory.set({ value: at, min: 0, max: shown.length - 1 });

    setText(heading, named(at));
    const texts = [
      [`${color ? "c·H·W + " : ""}i·W + j = ${offsetText(at, size)}`, String(at)],
      [`x.flatten()[${at}] = `, String(shown[at])],
    ];
    texts.forEach((pair, index) => pair.forEach((text, k) => setText(lines[index].parts[k], text)));
    setText(
      hint,
      shuffled
        ? `As painted, this value stands at ${named(source(at, order))}. The shuffle is always the same one.`
        : `The pixel to the right is the next value in memory, the one below is ${width} further${color ? `, the same place in the next channel ${area}` : ""}.`,
    );
  }

  function say() {
    live.say(`${named(view.pinned)} is ${view.shown[view.pinned]}, offset ${view.pinned}.`);
  }

  function code() {
    const { color, pinned, shuffled, order, size } = view;
    const index = indexOf(pinned, size).slice(color ? 0 : 1);
    const list = (/** @type {any} */ values) => JSON.stringify(values).replaceAll(",", ", ");
    return [
      "import torch",
      "",
      `x = torch.tensor(${list(state.get("image")).replaceAll("], ", "],\n    ")})`,
      ...(shuffled
        ? [`order = torch.tensor(${list(order)})`, "x = x.flatten(-2)[..., order].reshape(x.shape)"]
        : []),
      `offset = ${index.map((at, axis) => `${at} * x.stride(${axis})`).join(" + ")}`,
      "value = x.flatten()[offset].item()",
      `print(offset, value, ${named(pinned)}.item())`,
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
 * Which of an element's columns × rows lies under the pointer, counted row after row; −1 outside.
 * Also where a finger that pressed elsewhere still holds on to its cell.
 *
 * @param {MouseEvent} event
 * @param {Element} element
 * @param {number} columns
 * @param {number} rows
 */
function under({ clientX, clientY }, element, columns, rows) {
  const box = element.getBoundingClientRect();
  const row = Math.floor(((clientY - box.top) / box.height) * rows);
  const column = Math.floor(((clientX - box.left) / box.width) * columns);
  return row < 0 || row >= rows || column < 0 || column >= columns ? -1 : row * columns + column;
}

/**
 * @template Item
 * @param {Item[]} items
 * @param {number} length
 * @returns {Item[][]}
 */
const chunks = (items, length) =>
  Array.from({ length: items.length / length }, (_, k) => items.slice(k * length, (k + 1) * length));
