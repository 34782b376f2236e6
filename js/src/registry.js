/**
 * The figures that every page with a figure loads, by name, as `data-figure` and the Python class's `figure` trait spell it.
 *
 * A figure module exports its `name` and `create(root, model)`, which draws into `root` and
 * returns a function that cleans up (js/README.md has the conventions). The large ones, and those
 * that few pages show, are in registry-large.js.
 *
 * @typedef {import("./model.js").Model} Model
 * @typedef {{name: string, create: (root: HTMLElement, model: Model) => () => void}} FigureModule
 */
// The order is the one that gzip makes the smallest file of: any other works as well, and a new
// figure may stand anywhere.
import * as question from "./figures/question.js";
import * as slidingWindow from "./figures/sliding-window.js";
import * as outputSize from "./figures/output-size.js";
import * as pixels from "./figures/pixels.js";
import * as channels from "./figures/channels.js";
import * as paddingModes from "./figures/padding-modes.js";
import * as receptiveField from "./figures/receptive-field.js";
import * as poolingShift from "./figures/pooling-shift.js";

/**
 * Each named one by one: a module put into a list as a whole costs its own table of getters.
 *
 * @type {Record<string, FigureModule["create"]>}
 */
export const registry = {
  [channels.name]: channels.create,
  [outputSize.name]: outputSize.create,
  [paddingModes.name]: paddingModes.create,
  [pixels.name]: pixels.create,
  [poolingShift.name]: poolingShift.create,
  [question.name]: question.create,
  [receptiveField.name]: receptiveField.create,
  [slidingWindow.name]: slidingWindow.create,
};
