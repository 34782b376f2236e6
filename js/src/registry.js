/**
 * The figures by name, as `data-figure` and the Python class's `figure` trait spell it.
 *
 * A figure module exports its `name` and `create(root, model)`, which draws into `root` and
 * returns a function that cleans up (js/README.md has the conventions).
 *
 * @typedef {import("./model.js").Model} Model
 * @typedef {{name: string, create: (root: HTMLElement, model: Model) => () => void}} FigureModule
 */
import * as kernelBench from "./figures/kernel-bench.js";
import * as paddingModes from "./figures/padding-modes.js";
import * as question from "./figures/question.js";
import * as slidingWindow from "./figures/sliding-window.js";

/** @type {FigureModule[]} */
const modules = [slidingWindow, kernelBench, paddingModes, question];

/** @type {Map<string, FigureModule>} */
export const registry = new Map(modules.map((figure) => [figure.name, figure]));
