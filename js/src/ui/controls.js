import { clamp } from "../core/matrix.js";
import { h, icon, uniqueId } from "./dom.js";

/**
 * Native inputs with labels. Each control is `{element, set(...)}`: `set` shows a state and never
 * calls back, so a redraw can set every control from the figure's state. `onInput` is called while
 * the reader moves a control, `onCommit` when they let go.
 */

/**
 * A slider with its value beside the label. `set` takes the limits too, which follow the other
 * settings, so that no impossible value can be reached.
 *
 * @param {object} options
 * @param {string} options.label
 * @param {(value: number) => string} [options.text] the value in words, read aloud and printed
 * @param {(value: number) => void} options.onInput
 * @param {(value: number) => void} [options.onCommit]
 */
export function range({ label, text = String, onInput, onCommit }) {
  const id = uniqueId();
  // The slider itself says its value: an output element would say it a second time.
  const output = h("span", { class: "cnn-range-value", "aria-hidden": "true" });
  const input = h("input", {
    id,
    type: "range",
    oninput: () => onInput(Number(input.value)),
    onchange: () => onCommit?.(Number(input.value)),
  });
  const element = h(
    "div",
    { class: "cnn-control cnn-range" },
    h("label", { for: id }, label),
    output,
    input,
  );
  return {
    element,
    input,
    /** @param {{value: number, min: number, max: number}} state */
    set({ value, min, max }) {
      // The limits first: a browser clamps a value to the limits that it already knows.
      Object.assign(input, { min, max, value, disabled: min >= max });
      input.setAttribute("aria-valuetext", text(value));
      output.textContent = text(value);
      const filled = max > min ? (value - min) / (max - min) : 0;
      input.style.setProperty("--filled", filled.toFixed(3));
    },
  };
}

/**
 * A few choices side by side, one of them taken: radio buttons.
 *
 * @template {string} Value
 * @param {object} options
 * @param {string} options.label
 * @param {{value: Value, label: string, hint?: string}[]} options.choices
 * @param {(value: Value) => void} options.onInput
 */
export function choice({ label, choices, onInput }) {
  const name = uniqueId();
  const inputs = choices.map(({ value }) =>
    h("input", { type: "radio", name, value, onchange: () => onInput(value) }),
  );
  const element = h(
    "fieldset",
    { class: "cnn-control cnn-choice" },
    h("legend", {}, label),
    h(
      "div",
      { class: "cnn-choice-row", "data-count": choices.length },
      ...choices.map(({ label: text, hint }, index) =>
        h(
          "label",
          {},
          inputs[index],
          h("span", {}, h("b", {}, text), hint ? h("small", {}, hint) : null),
        ),
      ),
    ),
  );
  return {
    element,
    /** @param {Value} value */
    set(value) {
      for (const input of inputs) input.checked = input.value === value;
    },
  };
}

/**
 * @param {object} options
 * @param {string} options.label
 * @param {(checked: boolean) => void} options.onInput
 */
export function checkbox({ label, onInput }) {
  const input = h("input", { type: "checkbox", onchange: () => onInput(input.checked) });
  const element = h("label", { class: "cnn-control cnn-check" }, input, h("span", {}, label));
  return {
    element,
    input,
    /** @param {boolean} checked */
    set(checked) {
      input.checked = checked;
    },
  };
}

/**
 * @template {string} Value
 * @param {object} options
 * @param {string} options.label
 * @param {{value: Value, label: string}[]} options.choices
 * @param {(value: Value) => void} options.onInput
 */
export function select({ label, choices, onInput }) {
  const id = uniqueId();
  const input = h(
    "select",
    { id, onchange: () => onInput(/** @type {Value} */ (input.value)) },
    ...choices.map(({ value, label: text }) => h("option", { value }, text)),
  );
  const element = h(
    "div",
    { class: "cnn-control cnn-select" },
    h("label", { for: id }, label),
    input,
  );
  return {
    element,
    input,
    /** @param {Value} value */
    set(value) {
      input.value = value;
    },
  };
}

/**
 * A number to type; what lies outside its limits is brought back to them.
 *
 * @param {object} options
 * @param {string} options.label
 * @param {number} options.min
 * @param {number} options.max
 * @param {(value: number) => void} options.onInput
 */
export function number({ label, min, max, onInput }) {
  const id = uniqueId();
  let shown = min;
  const input = h("input", {
    id,
    type: "number",
    min,
    max,
    onchange: () => {
      const typed = input.value.trim() === "" ? shown : Number(input.value);
      const next = Math.round(clamp(Number.isFinite(typed) ? typed : shown, min, max));
      input.value = String(next);
      onInput(next);
    },
  });
  const element = h(
    "div",
    { class: "cnn-control cnn-number" },
    h("label", { for: id }, label),
    input,
  );
  return {
    element,
    input,
    /**
     * @param {number} low
     * @param {number} high
     */
    limit(low, high) {
      min = low;
      max = high;
      Object.assign(input, { min, max });
    },
    /** @param {number} value */
    set(value) {
      shown = value;
      input.value = String(value);
    },
  };
}

/**
 * @param {object} options
 * @param {string} options.label
 * @param {import("./dom.js").IconName} [options.icon]
 * @param {boolean} [options.iconOnly] the label is read aloud and shown as a tooltip only
 * @param {() => void} options.onPress
 */
export function button({ label, icon: name, iconOnly = false, onPress }) {
  const text = h("span", { class: iconOnly ? "cnn-hidden" : null }, label);
  const picture = h("span", { class: "cnn-icon-box" }, name ? icon(name) : null);
  const element = h(
    "button",
    { type: "button", class: "cnn-button", title: iconOnly ? label : null, onclick: onPress },
    name ? picture : null,
    text,
  );
  return {
    element,
    /**
     * @param {string} next
     * @param {import("./dom.js").IconName} [nextIcon]
     */
    set(next, nextIcon) {
      if (text.textContent === next) return;
      text.textContent = next;
      if (iconOnly) element.title = next;
      if (nextIcon) picture.replaceChildren(icon(nextIcon));
    },
  };
}
