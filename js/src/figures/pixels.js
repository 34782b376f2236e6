/**
 * A picture to paint, its numbers, and the row in memory that holds them: one cursor over all
 * three, and a shuffle that changes the picture and none of the values.
 */
import { formatNumber } from "../core/format.js";
import { clamp, shape } from "../core/matrix.js";
import { level, line, offsetText, reordered, shuffleOrder, steps, total } from "../core/pixels.js";
import { createState } from "../model.js";
import { createCanvas } from "../ui/canvas.js";
import { button, choice, range } from "../ui/controls.js";
import { copyAsPyTorch } from "../ui/copy.js";
import { createCursor } from "../ui/cursor.js";
import { h, setText, uniqueId } from "../ui/dom.js";
import { createGrid, placeText } from "../ui/grid.js";
import { actions, band, controls, stage } from "../ui/layout.js";
import { createLive } from "../ui/live.js";

/** @typedef {import("../core/matrix.js").Matrix} Matrix */
/** @typedef {import("../core/pixels.js").Pixel} Pixel */
/** @typedef {import("../ui/cursor.js").Target} Target */
/** @typedef {{row: number, column: number}} Place */

export const name = "pixels";

const channels = ["red", "green", "blue"];

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const keys = ["image", "maximum", "shuffled", "channel", "position", "brush"];
  const live = createLive();
  const state = createState(model, keys, redraw);
  const cursor = createCursor(show);

  /** Everything that follows from the settings, worked out once for each change. */
  let view = read();

  function read() {
    const image = state.get("image");
    /** @type {Matrix[]} */
    const planes = Array.isArray(image[0][0]) ? image : [image];
    const [height, width] = shape(planes[0]);
    const order = shuffleOrder(height * width);
    const other = reordered(planes, order);
    const shuffled = Boolean(state.get("shuffled"));
    const maximum = state.get("maximum") ?? 16;
    const [row = 0, column = 0] = state.get("position") ?? [];
    return {
      planes,
      color: planes.length > 1,
      height,
      width,
      area: height * width,
      order,
      shuffled,
      shown: shuffled ? other : planes,
      facts: { sum: total(planes), steps: steps(planes), shuffledSteps: steps(other) },
      maximum,
      brush: clamp(state.get("brush") ?? maximum, 0, maximum),
      /** @type {Pixel} */
      pinned: {
        channel: clamp(state.get("channel") ?? 0, 0, planes.length - 1),
        row: clamp(row, 0, height - 1),
        column: clamp(column, 0, width - 1),
      },
    };
  }

  const how = uniqueId();
  const picture = createGrid({
    view: "picture",
    caption: "Picture",
    cursor,
    describe: how,
    kind: "cnn-grid-input",
    rulers: true,
    onPress: (row, column) => {
      // A stroke of the pointer has painted already.
      if (!stroked) {
        paint([{ row, column }], inkFor(row, column));
        sayPixel();
      }
      stroked = false;
    },
  });
  // It can be painted, though not typed into.
  picture.table.removeAttribute("aria-readonly");
  const numbers = createGrid({
    view: "numbers",
    caption: "Numbers",
    cursor,
    kind: "cnn-grid-input",
    rulers: true,
    least: 0,
    limit: 255,
    onPress: (row, column) => state.update({ position: [row, column] }),
    onEdit: (row, column, value) => {
      paint([{ row, column }], clamp(Math.round(value), 0, view.maximum));
      sayPixel();
    },
  });

  const memory = createCanvas({ label: "" });
  const marker = h("div", { class: "cnn-marker" });
  const lines = h("div", { class: "cnn-memory-lines", "aria-hidden": "true" });
  const strip = h("div", { class: "cnn-memory" }, memory.element, marker, lines);
  const offsetRange = range({
    label: "Offset in memory",
    text: (offset) => {
      const { channel, row, column } = pixelAt(offset);
      return `${offset}: ${view.color ? `${channels[channel]}, ` : ""}${placeText(row, column)}`;
    },
    onInput: (offset) => {
      cursor.release();
      pin(pixelAt(offset));
    },
    onCommit: sayPixel,
  });
  offsetRange.element.classList.add("cnn-memory-range");
  offsetRange.input.before(strip);
  strip.addEventListener("pointermove", (event) => pointAt(event));
  strip.addEventListener("pointerdown", (event) => pointAt(event));
  strip.addEventListener("pointerleave", () => cursor.hover(null));
  strip.addEventListener("click", (event) => {
    pin(pixelAt(offsetUnder(event)));
    sayPixel();
  });

  const heading = h("p", { class: "cnn-band-title" });
  const offsetRule = h("dd");
  const flat = h("dd");
  const hint = h("p", { class: "cnn-hint" });
  const explanation = band(
    heading,
    h("dl", { class: "cnn-lines" }, h("dt", {}, "offset"), offsetRule, h("dt", {}, "value"), flat),
    hint,
  );
  explanation.classList.add("is-split");
  const sumFact = h("span");
  const stepFacts = [h("span"), h("span")];
  const facts = h(
    "p",
    { class: "cnn-facts" },
    sumFact,
    h("br"),
    "Steps between neighboring pixels add up to ",
    stepFacts[0],
    ", to ",
    stepFacts[1],
    ".",
  );

  const swatch = h("span", { class: "cnn-swatch", "aria-hidden": "true" });
  const brush = range({
    label: "Brush",
    text: (value) => (value === 0 ? "0 (erases)" : String(value)),
    onInput: (value) => state.update({ brush: value }),
    onCommit: (value) => live.say(`The brush paints ${value}.`),
  });
  brush.element.firstElementChild?.append(swatch);
  const channelChoice = choice({
    label: "Channel",
    choices: channels.map((label, index) => ({ value: String(index), label })),
    onInput: (value) => {
      state.update({ channel: Number(value) });
      live.say(`Channel ${value}, ${channels[Number(value)]}.`);
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
      const { steps: kept, shuffledSteps } = view.facts;
      live.say(
        value === "shuffled"
          ? `Shuffled: steps between neighbors add up to ${shuffledSteps}.`
          : `As painted: steps between neighbors add up to ${kept}.`,
      );
    },
  });
  const clear = button({
    label: "Clear",
    onPress: () => {
      const { planes, color } = view;
      const empty = planes.map((plane) => plane.map((values) => values.map(() => 0)));
      state.update({ image: color ? empty : empty[0] });
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
  const top = stage(picture.element, numbers.element);

  root.append(
    controls(brush.element, orderChoice.element, view.color ? channelChoice.element : null),
    h(
      "p",
      { class: "cnn-how", id: how },
      "Press or drag on the picture to paint, again to erase; Enter does it too. Type into the numbers.",
    ),
    top,
    facts,
    offsetRange.element,
    explanation,
    actions(clear.element, reset.element, copy.button),
    copy.field,
    live.element,
  );

  /** @type {{ink: number, last: Place | null, count: number} | null} */
  let stroke = null;
  /** Whether the click that follows belongs to a stroke. */
  let stroked = false;

  picture.table.addEventListener("pointerdown", (event) => {
    const at = under(event);
    if (event.button || !at) return;
    stroked = true;
    stroke = { ink: inkFor(at.row, at.column), last: at, count: 1 };
    paint([at], stroke.ink);
    addEventListener("pointerup", endStroke, { once: true });
    addEventListener("pointercancel", endStroke, { once: true });
  });
  picture.table.addEventListener("pointermove", (event) => {
    const at = stroke && event.buttons & 1 ? under(event) : null;
    if (!stroke || (at?.row === stroke.last?.row && at?.column === stroke.last?.column)) return;
    if (at) {
      cursor.hover({ view: "picture", ...at });
      const cells = line(stroke.last ?? at, at);
      stroke.count += cells.length - 1;
      paint(cells, stroke.ink);
    }
    stroke.last = at;
  });
  picture.table.addEventListener("keydown", () => (stroked = false), true);

  function endStroke() {
    if (!stroke) return;
    if (stroke.count > 1) live.say(`A stroke of ${stroke.ink} over ${stroke.count} pixels.`);
    else sayPixel();
    stroke = null;
  }

  /**
   * The pixel under the pointer, also where a finger that pressed elsewhere holds on to its cell.
   *
   * @param {PointerEvent} event
   * @returns {Place | null}
   */
  function under(event) {
    const box = picture.svg.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * view.height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * view.width);
    return view.shown[0][row]?.[column] === undefined ? null : { row, column };
  }

  /**
   * What a stroke that begins here paints: the brush, or nothing where the brush has been.
   *
   * @param {number} row
   * @param {number} column
   */
  function inkFor(row, column) {
    const { shown, pinned, brush: value } = view;
    return shown[pinned.channel][row][column] === value ? 0 : value;
  }

  /**
   * @param {Place[]} cells
   * @param {number} value
   */
  function paint(cells, value) {
    const { planes, pinned, shuffled, order, width, color } = view;
    const plane = planes[pinned.channel].map((values) => [...values]);
    for (const { row, column } of cells) {
      const at = row * width + column;
      const from = shuffled ? order[at] : at;
      plane[Math.floor(from / width)][from % width] = value;
    }
    const { row, column } = cells[cells.length - 1];
    state.update({
      image: color ? planes.map((old, c) => (c === pinned.channel ? plane : old)) : plane,
      position: [row, column],
    });
  }

  /** @param {PointerEvent} event */
  function pointAt(event) {
    cursor.hover({ view: "memory", row: 0, column: offsetUnder(event) });
  }

  /** @param {MouseEvent} event */
  function offsetUnder(event) {
    const box = memory.element.getBoundingClientRect();
    const count = view.area * view.planes.length;
    return clamp(Math.floor(((event.clientX - box.left) / box.width) * count), 0, count - 1);
  }

  /**
   * @param {number} offset
   * @returns {Pixel}
   */
  function pixelAt(offset) {
    const { area, width } = view;
    return {
      channel: Math.floor(offset / area),
      row: Math.floor((offset % area) / width),
      column: offset % width,
    };
  }

  /** @param {Pixel} pixel */
  function pin({ channel, row, column }) {
    state.update({ channel, position: [row, column] });
  }

  /** @param {Pixel} pixel */
  const indexText = ({ channel, row, column }) =>
    `[${view.color ? `${channel}, ` : ""}${row}, ${column}]`;

  /** @param {Pixel} pixel */
  const offsetOf = ({ channel, row, column }) => channel * view.area + row * view.width + column;

  function redraw() {
    view = read();
    const { shown, color, height, width, area, maximum, pinned, shuffled, facts: sums } = view;
    top.style.setProperty("--across", String(2 * width));
    top.style.setProperty("--across-narrow", String(width + (width < 12 ? 1 : 0)));
    /** @param {number} value */
    const grey = (value) => `rgb(${Array(3).fill(level(value, maximum)).join()})`;

    picture.setCaption(`Picture, ${height} × ${width}`);
    picture.render(height, width, (row, column) => {
      const values = shown.map((plane) => plane[row][column]);
      return {
        text: "",
        label: values.map((value, c) => `${color ? `${channels[c]} ` : ""}${value}`).join(", "),
        color: color
          ? `rgb(${values.map((value) => level(value, maximum)).join()})`
          : grey(values[0]),
      };
    });
    numbers.setCaption(
      color
        ? `Channel ${pinned.channel}, ${channels[pinned.channel]}: x[${pinned.channel}]`
        : "Its numbers, x",
    );
    numbers.render(height, width, (row, column) => {
      const value = shown[pinned.channel][row][column];
      return { text: formatNumber(value), value, kind: value ? "" : "is-zero" };
    });
    for (const grid of [picture, numbers]) {
      grid.setRulers(String, String);
      grid.element.classList.toggle("is-full", width === 12);
    }
    numbers.select(pinned);

    const values = shown.flat(2);
    memory.draw(values.length, 1, (offset, bytes, at) => {
      const byte = level(values[offset], maximum);
      const plane = Math.floor(offset / area);
      for (let c = 0; c < 3; c += 1) bytes[at + c] = !color || c === plane ? byte : 0;
    });
    memory.setLabel(`Memory: ${values.length} values in one row, row after row of the picture`);
    const starts = color ? channels.length : height;
    if (lines.childElementCount !== starts) {
      lines.replaceChildren(...Array.from({ length: starts }, () => h("span")));
    }
    lines.childNodes.forEach((item, index) => {
      const start = index * (color ? area : width);
      item.textContent = color ? `${start} ${channels[index]}` : String(start);
    });

    setText(sumFact, `The same ${values.length} values in any order: their sum is ${sums.sum}.`);
    [sums.steps, sums.shuffledSteps].forEach((value, index) => {
      setText(stepFacts[index], `${value} ${["as painted", "shuffled"][index]}`);
      stepFacts[index].classList.toggle("is-shown", shuffled === (index === 1));
    });
    const paints = [0, 1, 2].map((c) => (!color || c === pinned.channel ? level(view.brush, maximum) : 0));
    swatch.style.backgroundColor = `rgb(${paints.join()})`;
    brush.set({ value: view.brush, min: 0, max: maximum });
    orderChoice.set(shuffled ? "shuffled" : "kept");
    channelChoice.set(String(pinned.channel));
    explanation.classList.toggle("is-color", color);
    copy.stale();
    show(cursor.target);
  }

  /**
   * Lights what belongs to the target in every view.
   *
   * @param {Target | null} target
   */
  function show(target) {
    const { shown, planes, color, pinned, height, width, area, order, shuffled } = view;
    let at = pinned;
    if (target?.view === "memory" && target.column < area * planes.length) at = pixelAt(target.column);
    if ((target?.view === "picture" || target?.view === "numbers") && target.row < height && target.column < width) {
      at = { channel: pinned.channel, row: target.row, column: target.column };
    }
    const { channel, row, column } = at;
    const box = { row, column, rows: 1, columns: 1 };
    const offset = offsetOf(at);
    const count = area * planes.length;
    const value = String(shown[channel][row][column]);

    picture.frame("casing", box);
    picture.frame("window", box);
    numbers.frame("window", channel === pinned.channel ? box : null);
    numbers.mark("cursor", channel === pinned.channel ? [box] : []);
    marker.style.left = `${(100 * (offset + 0.5)) / count}%`;
    marker.style.width = `${100 / count}%`;
    offsetRange.set({ value: offset, min: 0, max: count - 1 });

    setText(heading, `x${indexText(at)}: ${color ? `${channels[channel]}, ` : ""}${placeText(row, column)}`);
    const sum = offsetText(at, planes);
    const end = sum.lastIndexOf(" ") + 1;
    setParts(offsetRule, `${color ? "c·H·W + " : ""}i·W + j = `, sum.slice(0, end), String(offset));
    setParts(flat, "", `x.flatten()[${offset}] = `, value);

    const right = column + 1 < width;
    let text = right
      ? `One step to the right is ${offset + 1}, the next value in memory.`
      : "This is the end of a row: the next value in memory begins another.";
    if (row + 1 < height) text += ` One step down is ${offset + width}, ${width} further.`;
    if (color && channel < 2) {
      text += ` The same place in ${channels[channel + 1]} is ${offset + area}, ${area} further.`;
    }
    if (shuffled) {
      const from = order[row * width + column];
      const place = { channel, row: Math.floor(from / width), column: from % width };
      text = `As painted, this value stands at ${indexText(place)}. The shuffle is the same for every picture.`;
    }
    setText(hint, text);
  }

  /**
   * A rule, its numbers and what they come to; the three elements stay.
   *
   * @param {HTMLElement} element
   * @param {string} rule
   * @param {string} sum
   * @param {string} result
   */
  function setParts(element, rule, sum, result) {
    if (!element.firstChild) element.append(h("span"), h("span", { class: "cnn-sum" }), h("b"));
    const [first, second, third] = element.children;
    setText(first, rule);
    setText(second, sum);
    setText(third, result);
  }

  function sayPixel() {
    const { pinned, shown } = view;
    const { channel, row, column } = pinned;
    live.say(`x${indexText(pinned)} is ${shown[channel][row][column]}, offset ${offsetOf(pinned)}.`);
  }

  function code() {
    const { planes, color, pinned, shuffled, order } = view;
    const { channel, row, column } = pinned;
    const index = color ? [channel, row, column] : [row, column];
    const values = JSON.stringify(color ? planes : planes[0]).replaceAll(",", ", ").replaceAll("], ", "],\n    ");
    return [
      "import torch",
      "",
      `x = torch.tensor(${values})`,
      ...(shuffled
        ? [`order = torch.tensor([${order.join(", ")}])`, "x = x.flatten(-2)[..., order].reshape(x.shape)"]
        : []),
      `offset = ${index.map((at, axis) => `${at} * x.stride(${axis})`).join(" + ")}`,
      "value = x.flatten()[offset].item()",
      `print(offset, value, x[${index.join(", ")}].item())`,
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
