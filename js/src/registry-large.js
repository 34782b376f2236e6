/**
 * The figures that are large, or that few pages show: a script of their own, which a page loads
 * when it holds one of them.
 */
import * as backward from "./figures/backward.js";
import * as convMatrix from "./figures/conv-matrix.js";
import * as kernelBench from "./figures/kernel-bench.js";
import * as lookInside from "./figures/look-inside.js";
import * as stamp from "./figures/stamp.js";

/** @type {Record<string, import("./registry.js").FigureModule["create"]>} */
export const registry = {
  [backward.name]: backward.create,
  [convMatrix.name]: convMatrix.create,
  [kernelBench.name]: kernelBench.create,
  [lookInside.name]: lookInside.create,
  [stamp.name]: stamp.create,
};
