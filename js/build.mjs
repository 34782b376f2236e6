/**
 * Builds the figures: one set of sources, the files in cnncourse/figures/static.
 *
 *   figures.page.js        a classic script that brings a page's figures to life in place
 *   figures.css            their style
 *   figures.js             the same figures as an ES module with `export default {render}`, for
 *                          anywidget
 *   figures-large.page.js  the large figures with their style, for figures.page.js to load where a
 *                          page holds one; what the two share comes from there (src/shared.js)
 *   figures-large.js       the large figures as an ES module, complete in itself
 *   figures-large.css      the style that goes with it, complete in itself
 *   look-inside.page.js    the network that the figure look-inside carries, which a page loads when
 *                          it holds that figure
 *   colorize.page.js       the figure colorize with its style, which a page loads when it holds it;
 *                          what it shares with figures.page.js comes from there
 *   colorize-photographs.page.js  the photographs that it starts with, and their predictions
 *   colorize.worker.js     what runs its network, when a reader asks for that
 *   colorize.js            the same figure as an ES module, complete in itself
 *   colorize.css           the style that goes with it, complete in itself
 *
 * `node build.mjs` writes them there; `node build.mjs FOLDER` writes them elsewhere, which is
 * how a test compares the committed files with a fresh build. The same sources always give the
 * same bytes: no dates, no paths, no source maps.
 */
import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src");
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
  metafile: true,
  target: ["chrome111", "firefox113", "safari16.4"],
  logLevel: "warning",
};

/**
 * @param {string} entry in src
 * @param {string} file in the folder of the built files
 * @param {import("esbuild").BuildOptions} options
 */
const script = (entry, file, options) =>
  build({
    ...shared,
    entryPoints: [`src/${entry}`],
    outfile: join(folder, file),
    banner: { js: banner },
    ...options,
  });

/**
 * @param {string} entry in src
 * @param {import("esbuild").BuildOptions} options
 */
const style = (entry, options) =>
  build({
    ...shared,
    entryPoints: [`src/${entry}`],
    // From here on browsers nest rules themselves: written out, the file is a third longer.
    target: ["chrome120", "firefox117", "safari17.2"],
    ...options,
  });

/** The modules that src/shared.js hands on, each with the names. */
const handedOn = new Map(
  [...(await readFile(join(source, "shared.js"), "utf8")).matchAll(/^export \{(.*)\} from "(.*)";$/gm)].map(
    ([, names, path]) => [relative(here, join(source, path)), names],
  ),
);

/**
 * Takes these modules from the page, where the first script has put them.
 *
 * @type {import("esbuild").Plugin}
 */
const fromThePage = {
  name: "from the page",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const file = relative(here, join(resolveDir, path));
      return handedOn.has(file) ? { path: file, namespace: "page" } : undefined;
    });
    onLoad({ filter: /^/, namespace: "page" }, ({ path }) => ({
      contents: `export const {${handedOn.get(path)}} = cnnFigures.shared;`,
    }));
  },
};

await mkdir(folder, { recursive: true });
const [largeStyle, ownStyle] = await Promise.all([
  style("large.css", { write: false }),
  style("figures/colorize.css", { write: false }),
]);
const [first, second, third] = await Promise.all([
  script("page.js", "figures.page.js", { format: "iife" }),
  script("page-large.js", "figures-large.page.js", {
    format: "iife",
    plugins: [fromThePage],
    define: { "globalThis.LARGE_STYLE": JSON.stringify(largeStyle.outputFiles[0].text) },
  }),
  script("page-colorize.js", "colorize.page.js", {
    format: "iife",
    plugins: [fromThePage],
    define: { "globalThis.OWN_STYLE": JSON.stringify(ownStyle.outputFiles[0].text) },
  }),
  script("colorize-worker.js", "colorize.worker.js", { format: "esm" }),
  script("colorize.js", "colorize.js", { format: "esm" }),
  style("colorize.css", { outfile: join(folder, "colorize.css"), banner: { css: banner } }),
  script("figures.js", "figures.js", { format: "esm" }),
  script("figures-large.js", "figures-large.js", { format: "esm" }),
  style("figures.css", { outfile: join(folder, "figures.css"), banner: { css: banner } }),
  style("figures-large.css", { outfile: join(folder, "figures-large.css"), banner: { css: banner } }),
]);

/** @param {string} name */
const results = async (name) =>
  JSON.parse(await readFile(join(here, `../cnncourse/data/results/${name}.json`), "utf8"));

/**
 * Writes a script that hands data to the page.
 *
 * @param {string} file
 * @param {string} source
 * @param {string} receiver
 * @param {any} data
 */
const handOver = (file, source, receiver, data) =>
  writeFile(
    join(folder, file),
    `/* Built from cnncourse/data/results/${source}.json by js/build.mjs. */\ncnnFigures.${receiver}(${JSON.stringify(data)});\n`,
  );

/** The network that look-inside carries, and the drawings that it starts with. */
const { network, drawings } = await results("look_inside");
const inked = drawings.map((drawing) =>
  drawing.map((row) => Array.from(row, (tenths) => parseInt(tenths, 16) / 10)),
);
await handOver("look-inside.page.js", "look_inside", "network", { network, drawings: inked });

/** The photographs of colorize, without the small pictures that are shown where no script runs. */
const { photographs } = await results("colorize_figure");
await handOver("colorize-photographs.page.js", "colorize_figure", "photographs", {
  photographs: photographs.map(({ pictures: _, ...photograph }) => photograph),
});

const twice = [...Object.keys(second.metafile.inputs), ...Object.keys(third.metafile.inputs)].filter(
  (file) => file in first.metafile.inputs,
);
if (twice.length) throw new Error(`In both scripts of a page; name them in src/shared.js: ${twice.join(", ")}`);
