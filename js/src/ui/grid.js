import { clamp } from "../core/matrix.js";
import { formatNumber } from "../core/format.js";
import { h, s, setText, setVariable } from "./dom.js";
import { tintColor } from "./tint.js";

/**
 * What one cell shows.
 *
 * @typedef {object} CellView
 * @property {string} text
 * @property {number} [tint] from −1 to 1 on the diverging scale
 * @property {string} [color] a CSS color of its own, instead of a tint
 * @property {string} [kind] further class names, such as "is-padding"
 * @property {string} [label] read instead of the text where that alone does not say enough
 * @property {number} [value] the number to edit; a cell without one cannot be edited
 */

/**
 * @typedef {object} GridOptions
 * @property {string} view the name that the cursor's target carries
 * @property {string} caption
 * @property {import("./cursor.js").Cursor} cursor
 * @property {string} [describe] id of an element that explains the grid
 * @property {(row: number, column: number) => void} [onPress] a click; Enter or Space where the
 *   cell cannot be edited
 * @property {(row: number, column: number, value: number) => void} [onEdit] makes it editable
 * @property {number} [limit] largest magnitude that may be typed
 * @property {number} [least] smallest number that may be typed, if it is not −limit
 * @property {string} [kind] further class names
 * @property {boolean} [rulers] number the rows and columns, as `setRulers` says
 */

/**
 * A matrix as a captioned grid with one tab stop: arrows move, Home and End go to the ends of the
 * row, with Ctrl to the corners, Enter pins or edits, Escape releases, and in an editable grid
 * typing a digit starts an edit. Over it lies an SVG whose unit is one cell, so windows and arrows
 * are drawn without measuring anything.
 *
 * @param {GridOptions} options
 */
export function createGrid({
  view,
  caption,
  cursor,
  describe,
  onPress,
  onEdit,
  limit = 99,
  least = -limit,
  kind = "",
  rulers = false,
}) {
  // The caption names the table for those who hear it. Seen is a title outside the table, because
  // a caption wider than a narrow matrix would stretch its cells.
  const captionElement = h("caption", { class: "cnn-hidden" }, caption);
  const title = h("div", { class: "cnn-grid-title", "aria-hidden": "true" }, caption);
  const head = h("thead");
  const body = h("tbody");
  const table = h(
    "table",
    { role: "grid", "aria-describedby": describe, "aria-readonly": onEdit ? null : "true" },
    captionElement,
    rulers ? head : null,
    body,
  );
  const svg = s("svg", { class: "cnn-overlay", "aria-hidden": "true", preserveAspectRatio: "none" });
  const element = h(
    "div",
    { class: `cnn-grid ${kind}`, "data-view": view },
    title,
    h("div", { class: "cnn-grid-body" }, table, svg),
  );

  let rows = 0;
  let columns = 0;
  let origin = 0;
  let active = { row: 0, column: 0 };
  /** @type {HTMLTableCellElement | null} */
  let stop = null;
  /** @type {HTMLTableCellElement[][]} */
  const cells = [];
  /** @type {(CellView | undefined)[][]} what each cell shows now */
  const views = [];
  /** @type {Map<string, Set<HTMLTableCellElement>>} */
  const marks = new Map();
  /** @type {HTMLElement[]} */
  const notes = [];
  /** @type {Map<string, SVGRectElement>} */
  const frames = new Map();
  /** @type {HTMLInputElement | null} */
  let editor = null;

  /**
   * @param {Event} event
   * @returns {{row: number, column: number} | null}
   */
  const place = (event) => {
    const cell = /** @type {Element} */ (event.target).closest("td");
    if (!cell || !body.contains(cell)) return null;
    return {
      row: /** @type {HTMLTableRowElement} */ (cell.parentElement).sectionRowIndex,
      column: cell.cellIndex - (rulers ? 1 : 0),
    };
  };

  /**
   * Makes one cell the grid's tab stop. The one that it is already is left alone: a change of the
   * focused cell's attribute makes the browser lay the page out to see if it can keep the focus.
   *
   * @param {{row: number, column: number}} next
   */
  const activate = (next) => {
    active = next;
    const cell = cells[active.row][active.column];
    if (cell === stop) return;
    if (stop) stop.tabIndex = -1;
    cell.tabIndex = 0;
    stop = cell;
  };

  /**
   * @param {number} row
   * @param {number} column
   */
  const focusCell = (row, column) => {
    activate({ row: clamp(row, 0, rows - 1), column: clamp(column, 0, columns - 1) });
    cells[active.row][active.column].focus();
  };

  /**
   * @param {number} row
   * @param {number} column
   */
  const edit = (row, column) => {
    const value = views[row][column]?.value;
    if (!onEdit || value === undefined || editor) return;
    const cell = cells[row][column];
    const input = h("input", {
      class: "cnn-editor",
      type: "number",
      step: "any",
      min: least,
      max: limit,
      value,
      "aria-label": `${caption}, ${placeText(row, column)}: new value`,
    });
    editor = input;
    let done = false;
    /** @param {boolean} keep */
    const finish = (keep) => {
      if (done) return;
      done = true;
      editor = null;
      const typed = input.value.trim() === "" ? NaN : Number(input.value);
      if (keep && Number.isFinite(typed)) {
        const next = Math.round(clamp(typed, least, limit) * 100) / 100 + 0;
        if (next !== value) onEdit(row, column, next);
      }
      // The focus moves to the cell while the input is still there, and so never leaves the grid.
      if (document.activeElement === input) cell.focus({ preventScroll: true });
      input.remove();
    };
    input.addEventListener("blur", () => finish(true));
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Tab") finish(true);
      if (event.key === "Escape") finish(false);
      if (event.key === "Enter" || event.key === "Escape") event.preventDefault();
    });
    cell.append(input);
    input.focus({ preventScroll: true });
    input.select();
  };

  /**
   * @param {number} row
   * @param {number} column
   */
  const press = (row, column) => {
    if (onEdit && views[row][column]?.value !== undefined) edit(row, column);
    else onPress?.(row, column);
  };

  table.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const at = place(event);
    if (at) cursor.hover({ view, ...at });
  });
  table.addEventListener("pointerleave", () => cursor.hover(null));
  table.addEventListener("focusin", (event) => {
    const at = place(event);
    if (!at) return;
    activate(at);
    cursor.focus({ view, ...at });
  });
  table.addEventListener("focusout", (event) => {
    if (!table.contains(/** @type {Node | null} */ (event.relatedTarget))) cursor.focus(null);
  });

  // A first press points at a cell; a press on the cell that is already pointed at edits it. So a
  // finger can look before it types, and a mouse can still type right after one click.
  /** @type {Element | null} */
  let focusedBefore = null;
  table.addEventListener("pointerdown", () => {
    focusedBefore = document.activeElement;
  });
  table.addEventListener("click", (event) => {
    const at = place(event);
    if (!at || event.target === editor) return;
    const cell = cells[at.row][at.column];
    if (document.activeElement !== cell) cell.focus();
    if (onEdit && focusedBefore === cell) edit(at.row, at.column);
    onPress?.(at.row, at.column);
  });

  table.addEventListener("keydown", (event) => {
    const at = place(event);
    if (!at || event.altKey || event.metaKey) return;
    const { row, column } = at;
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowUp: () => focusCell(row - 1, column),
      ArrowDown: () => focusCell(row + 1, column),
      ArrowLeft: () => focusCell(row, column - 1),
      ArrowRight: () => focusCell(row, column + 1),
      Home: () => focusCell(event.ctrlKey ? 0 : row, 0),
      End: () => focusCell(event.ctrlKey ? rows - 1 : row, columns - 1),
      Enter: () => press(row, column),
      " ": () => press(row, column),
      Escape: () => cursor.release(),
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      move();
      return;
    }
    // The key that starts an edit is not stopped: it lands in the input that has just taken focus.
    if (onEdit && !event.ctrlKey && /^[-0-9.]$/.test(event.key)) edit(row, column);
  });

  /**
   * @param {HTMLTableCellElement} cell
   * @param {CellView} next
   * @param {CellView | undefined} old
   */
  const paint = (cell, next, old) => {
    if (old?.text !== next.text) {
      const value = /** @type {HTMLElement} */ (cell.firstElementChild);
      setText(value, next.text);
      const { length } = next.text;
      value.className = `cnn-value${length > 5 ? " is-longer" : length > 3 ? " is-long" : ""}`;
    }
    if (!old || old.kind !== next.kind) {
      const marked = [...marks].filter(([, set]) => set.has(cell)).map(([name]) => `is-${name}`);
      cell.className = ["cnn-cell", next.kind ?? "", ...marked].filter(Boolean).join(" ");
    }
    const color = surface(next);
    if (!old || surface(old) !== color) cell.style.backgroundColor = color;
    if (old?.label !== next.label) {
      if (next.label) cell.setAttribute("aria-label", next.label);
      else cell.removeAttribute("aria-label");
    }
  };

  const newCell = () =>
    h("td", { class: "cnn-cell", tabindex: -1 }, h("span", { class: "cnn-value" }));

  /**
   * Adds `count` rows at the top (`first`) or the bottom, or takes them away where it is negative.
   *
   * @param {number} count
   * @param {boolean} first
   */
  const changeRows = (count, first) => {
    for (let i = count; i < 0; i += 1) {
      const line = first ? cells.shift() : cells.pop();
      if (first) views.shift();
      else views.pop();
      line?.[0].parentElement?.remove();
    }
    for (let i = 0; i < count; i += 1) {
      const line = Array.from({ length: columns }, newCell);
      const row = h("tr", {}, rulers ? h("th", { scope: "row" }) : null, ...line);
      if (first) {
        body.prepend(row);
        cells.unshift(line);
        views.unshift([]);
      } else {
        body.append(row);
        cells.push(line);
        views.push([]);
      }
    }
  };

  /**
   * The same for columns, on the left (`first`) or on the right.
   *
   * @param {number} count
   * @param {boolean} first
   */
  const changeColumns = (count, first) => {
    cells.forEach((line, row) => {
      for (let i = count; i < 0; i += 1) {
        (first ? line.shift() : line.pop())?.remove();
        if (first) views[row].shift();
        else views[row].pop();
      }
      for (let i = 0; i < count; i += 1) {
        const cell = newCell();
        if (first) {
          if (line.length) line[0].before(cell);
          else body.rows[row].append(cell);
          line.unshift(cell);
          views[row].unshift(undefined);
        } else {
          body.rows[row].append(cell);
          line.push(cell);
        }
      }
    });
  };

  /**
   * Cells are added and taken away at the sides, all others stay as they are: building the table
   * anew would cost several times as much.
   *
   * @param {number} newRows
   * @param {number} newColumns
   * @param {number} newOrigin
   */
  const reshape = (newRows, newColumns, newOrigin) => {
    const shift = newOrigin - origin;
    changeRows(shift, true);
    changeRows(newRows - rows - shift, false);
    changeColumns(shift, true);
    changeColumns(newColumns - columns - shift, false);
    if (rulers) {
      head.replaceChildren(h("tr", {}, h("td"), ...cells[0].map(() => h("th", { scope: "col" }))));
    }
    rows = newRows;
    columns = newColumns;
    origin = newOrigin;
    // On the table's neighbors only: a variable that it inherits makes a browser style all cells anew.
    for (const neighbor of [table.previousElementSibling, svg]) {
      setVariable(neighbor ?? svg, "--rows", rows);
      setVariable(neighbor ?? svg, "--columns", columns);
    }
    // Twelve columns leave a phone no room for the numbers of the rows.
    element.classList.toggle("is-full", columns === 12);
    svg.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
    activate({
      row: clamp(active.row + shift, 0, rows - 1),
      column: clamp(active.column + shift, 0, columns - 1),
    });
  };

  return {
    element,
    table,
    /** The overlay: one unit is one cell. */
    svg,
    focusCell,

    /** @param {string} text */
    setCaption(text) {
      if (captionElement.textContent === text) return;
      captionElement.textContent = text;
      title.textContent = text;
    },

    /**
     * Draws the matrix; only what changed is touched.
     *
     * @param {number} newRows
     * @param {number} newColumns
     * @param {(row: number, column: number) => CellView} cellView
     * @param {number} [newOrigin] row and column of the cell that keeps its place on the page: where
     *   a matrix grows on all sides, such as by padding, its old cells then stay as they are
     */
    render(newRows, newColumns, cellView, newOrigin = 0) {
      if (newRows !== rows || newColumns !== columns || newOrigin !== origin) {
        const focused = table.contains(document.activeElement);
        reshape(newRows, newColumns, newOrigin);
        // Only where the focused cell is gone: focusing makes the browser lay the page out at once.
        if (focused && !table.contains(document.activeElement)) {
          focusCell(active.row, active.column);
        }
      }
      for (let row = 0; row < rows; row += 1) {
        for (let column = 0; column < columns; column += 1) {
          const next = cellView(row, column);
          paint(cells[row][column], next, views[row][column]);
          views[row][column] = next;
        }
      }
    },

    /**
     * The numbers along the left and top side of a grid with rulers.
     *
     * @param {(row: number) => string} rowText
     * @param {(column: number) => string} columnText
     */
    setRulers(rowText, columnText) {
      body.querySelectorAll("th").forEach((cell, row) => (cell.textContent = rowText(row)));
      head.querySelectorAll("th").forEach((cell, column) => (cell.textContent = columnText(column)));
    },

    /**
     * Small second texts in the corners of these cells and of no others: decoration that repeats
     * what is said elsewhere, so it is not read aloud.
     *
     * @param {{row: number, column: number, text: string}[]} list
     */
    notes(list) {
      list.forEach(({ row, column, text }, index) => {
        const note =
          notes[index] ?? h("span", { class: "cnn-corner", "aria-hidden": "true" });
        notes[index] = note;
        setText(note, text);
        const cell = cells[row]?.[column];
        if (note.parentNode !== cell) cell?.append(note);
      });
      for (const note of notes.splice(list.length)) note.remove();
    },

    /**
     * Gives the class `is-NAME` to these cells and to no others.
     *
     * @param {string} name
     * @param {{row: number, column: number}[]} places
     */
    mark(name, places) {
      const old = marks.get(name) ?? new Set();
      const next = new Set(places.map(({ row, column }) => cells[row]?.[column]).filter(Boolean));
      for (const cell of old) if (!next.has(cell)) cell.classList.remove(`is-${name}`);
      for (const cell of next) if (!old.has(cell)) cell.classList.add(`is-${name}`);
      marks.set(name, next);
    },

    /**
     * Sets `aria-selected` on the one pinned cell.
     *
     * @param {{row: number, column: number} | null} at
     */
    select(at) {
      table.querySelector("[aria-selected]")?.removeAttribute("aria-selected");
      if (at) cells[at.row]?.[at.column]?.setAttribute("aria-selected", "true");
    },

    /**
     * Draws a frame named NAME (class `cnn-frame-NAME`) around a block of cells; null hides it.
     *
     * @param {string} name
     * @param {{row: number, column: number, rows?: number, columns?: number} | null} box of one
     *   cell, if it does not say otherwise
     */
    frame(name, box) {
      let rect = frames.get(name);
      if (!rect) {
        rect = s("rect", { class: `cnn-frame cnn-frame-${name}`, rx: 0.1 });
        frames.set(name, rect);
        svg.append(rect);
      }
      rect.classList.toggle("is-off", box === null);
      if (!box) return;
      rect.setAttribute("width", String(box.columns ?? 1));
      rect.setAttribute("height", String(box.rows ?? 1));
      rect.style.transform = `translate(${box.column}px, ${box.row}px)`;
    },
  };
}

/** @typedef {ReturnType<typeof createGrid>} Grid */

/** @param {CellView} cell */
const surface = ({ color, tint }) => color ?? tintColor(tint ?? 0);

/**
 * "row 2, column 3", counted from zero as the chapters, the formulas and the code do.
 *
 * @param {number} row
 * @param {number} column
 * @returns {string}
 */
export const placeText = (row, column) => `row ${row}, column ${column}`;

/**
 * A plain number cell on the diverging scale.
 *
 * @param {number} value
 * @param {number} limit the largest magnitude on show
 * @returns {CellView}
 */
export const numberCell = (value, limit) => ({
  text: formatNumber(value),
  tint: limit > 0 ? value / limit : 0,
});
