/**
 * A picture as a pane with a lens: hovering, tapping and the arrow keys all move the same lens.
 * Pixels are counted in the whole picture, also where the pane shows a smaller one inset by
 * `rim` pixels on each side (a filtered picture, which loses its border).
 */
import { createCanvas } from "./canvas.js";
import { h, setVariable } from "./dom.js";
import { clamp } from "../core/matrix.js";

/** @typedef {{row: number, column: number}} Place */

/**
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.describe id of the element that says how the lens is moved
 * @param {() => Place} options.place where the lens is now
 * @param {(place: Place | null) => void} options.onHover null when the pointer leaves
 * @param {(place: Place) => void} options.onPin a press, a tap, or Enter
 * @param {(place: Place) => void} options.onMove an arrow key and its like
 * @param {() => void} options.onRelease Escape
 */
export function createPicture({ title, describe, place, onHover, onPin, onMove, onRelease }) {
  const canvas = createCanvas({ label: title });
  const lens = h("div", { class: "cnn-lens", "aria-hidden": "true" });
  const frame = h(
    "div",
    {
      class: "cnn-picture",
      role: "application",
      tabindex: 0,
      "aria-roledescription": "picture with a lens",
      "aria-describedby": describe,
    },
    canvas,
    lens,
  );
  const heading = h("span", {}, title);
  const size = h("small");
  const element = h("div", { class: "cnn-pane" }, h("p", { class: "cnn-pane-title" }, heading, size), frame);
  let width = 1;
  let height = 1;
  let covered = 0;

  /**
   * @param {PointerEvent} event
   * @returns {Place}
   */
  const under = (event) => {
    const box = frame.getBoundingClientRect();
    return {
      row: clamp(Math.floor(((event.clientY - box.top) / box.height) * height), 0, height - 1),
      column: clamp(Math.floor(((event.clientX - box.left) / box.width) * width), 0, width - 1),
    };
  };

  frame.addEventListener("pointermove", (event) => onHover(under(event)));
  frame.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") onHover(under(event));
  });
  // A finger that was moved pins where it is lifted: nothing hovers after it.
  frame.addEventListener("pointerup", (event) => {
    if (event.pointerType !== "mouse") onPin(under(event));
  });
  frame.addEventListener("pointerleave", () => onHover(null));
  frame.addEventListener("pointercancel", () => onHover(null));
  frame.addEventListener("click", (event) => onPin(under(/** @type {PointerEvent} */ (event))));
  frame.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey) return;
    const { row, column } = place();
    const step = event.shiftKey ? 10 : 1;
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowUp: () => onMove({ row: row - step, column }),
      ArrowDown: () => onMove({ row: row + step, column }),
      ArrowLeft: () => onMove({ row, column: column - step }),
      ArrowRight: () => onMove({ row, column: column + step }),
      PageUp: () => onMove({ row: row - 10, column }),
      PageDown: () => onMove({ row: row + 10, column }),
      Home: () => onMove({ row: event.ctrlKey ? 0 : row, column: 0 }),
      End: () => onMove({ row: event.ctrlKey ? height - 1 : row, column: width - 1 }),
      Enter: () => onPin({ row, column }),
      " ": () => onPin({ row, column }),
      Escape: onRelease,
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  });

  return {
    element,
    frame,
    canvas,

    /**
     * @param {{width: number, height: number, rim: number, label: string, size: string}} state
     *   width and height of the whole picture
     */
    set(state) {
      width = state.width;
      height = state.height;
      setVariable(frame, "--width", width);
      setVariable(frame, "--height", height);
      setVariable(frame, "--rim", state.rim);
      frame.setAttribute("aria-label", `${title}: ${state.label}`);
      canvas.setLabel(state.label);
      size.textContent = state.size;
    },

    /**
     * @param {Place} at the middle of the lens
     * @param {number} across how many pixels it covers in each direction
     */
    look({ row, column }, across) {
      const rim = (across - 1) / 2;
      const [x, y] = [column - rim, row - rim].map((at) => `calc(${at} * var(--pixel))`);
      lens.style.transform = `translate(${x}, ${y})`;
      if (covered === across) return;
      covered = across;
      setVariable(lens, "--across", across);
    },
  };
}
