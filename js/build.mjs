/**
 * Builds the figures: one set of sources, three files in cnncourse/figures/static.
 *
 *   figures.js       an ES module with `export default {render}`, for anywidget
 *   figures.page.js  a classic script that brings a page's figures to life in place
 *   figures.css      their style
 *
 * `node build.mjs` writes them there; `node build.mjs FOLDER` writes them elsewhere, which is
 * how a test compares the committed files with a fresh build. The same sources always give the
 * same bytes: no dates, no paths, no source maps.
 */
import { build } from "esbuild";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "..", "cnncourse", "figures", "static"));
const banner = "/* Built from js/src by js/build.mjs: change it there, then run `make figures`. */";

/** @type {import("esbuild").BuildOptions} */
const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  sourcemap: false,
  target: ["chrome111", "firefox113", "safari16.4"],
  logLevel: "warning",
};

await mkdir(folder, { recursive: true });
await Promise.all([
  build({
    ...shared,
    entryPoints: ["src/widget.js"],
    format: "esm",
    outfile: join(folder, "figures.js"),
    banner: { js: banner },
  }),
  build({
    ...shared,
    entryPoints: ["src/page.js"],
    format: "iife",
    outfile: join(folder, "figures.page.js"),
    banner: { js: banner },
  }),
  build({
    ...shared,
    entryPoints: ["src/figures.css"],
    // From here on browsers nest rules themselves: written out, the file is a third longer.
    target: ["chrome120", "firefox117", "safari17.2"],
    outfile: join(folder, "figures.css"),
    banner: { css: banner },
  }),
]);
