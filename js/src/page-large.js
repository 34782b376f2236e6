/**
 * The large figures on a page: page.js loads this script where a page holds one of them, and what
 * both need comes from there (shared.js).
 */
import { registry } from "./registry-large.js";

// The build writes the large figures' style in the place of its name.
const style = /** @type {any} */ (globalThis).LARGE_STYLE;
/** @type {any} */ (globalThis).cnnFigures.add(registry, style);
