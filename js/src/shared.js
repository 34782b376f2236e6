/**
 * What the script of the large figures takes from the script that every page with a figure has
 * loaded already, instead of carrying a copy (build.mjs says how). A large figure may import any
 * name that stands here; modules that do not stand here at all go into the second script.
 */
export { crossCorrelate, round, terms } from "./core/correlate.js";
export { formatFactor, formatNumber, formatProduct, formatSum, longestProduct, pythonMatrix, pythonNumber, sumParts } from "./core/format.js";
export { outputSize } from "./core/geometry.js";
export { clamp, generate, largest, places, replaced, resized, shape, turn180 } from "./core/matrix.js";
export { createState } from "./model.js";
export { createCanvas } from "./ui/canvas.js";
export { button, checkbox, choice, number, range, select } from "./ui/controls.js";
export { copyAsPyTorch } from "./ui/copy.js";
export { createCursor } from "./ui/cursor.js";
export { append, h, s, setText, setVariable, uniqueId } from "./ui/dom.js";
export { createFormula } from "./ui/formula.js";
export { createGrid, numberCell, placeText } from "./ui/grid.js";
export { actions, band, controls, operator, stage } from "./ui/layout.js";
export { createLive } from "./ui/live.js";
export { createPlayer } from "./ui/player.js";
