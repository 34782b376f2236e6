/**
 * One cursor for the whole figure. Hovering, tapping and focusing a cell all do the same: they
 * point at it. What was pointed at last counts; when the pointer leaves, the cursor goes back to
 * the focused cell, and with neither it is null and the figure shows what is pinned.
 *
 * @typedef {{view: string, row: number, column: number}} Target
 */

/**
 * @param {(target: Target | null) => void} show called when the target changes
 */
export function createCursor(show) {
  /** @type {Target | null} */
  let hovered = null;
  /** @type {Target | null} */
  let focused = null;
  /** @type {Target | null} */
  let shown = null;

  const update = () => {
    const target = hovered ?? focused;
    const same =
      target === shown ||
      (target !== null &&
        shown !== null &&
        target.view === shown.view &&
        target.row === shown.row &&
        target.column === shown.column);
    shown = target;
    if (!same) show(target);
  };

  return {
    /** @returns {Target | null} */
    get target() {
      return shown;
    },
    /** @param {Target | null} target */
    hover(target) {
      hovered = target;
      update();
    },
    /** @param {Target | null} target */
    focus(target) {
      focused = target;
      if (target) hovered = null;
      update();
    },
    /** Escape: whatever is pointed at is let go, though the keyboard's focus may stay on it. */
    release() {
      hovered = null;
      focused = null;
      update();
    },
  };
}

/** @typedef {ReturnType<typeof createCursor>} Cursor */
