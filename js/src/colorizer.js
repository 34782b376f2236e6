/**
 * Where the figure colorize finds its network: in the notebook's kernel, or in a worker beside the
 * page, which a reader loads first.
 *
 * @typedef {object} Prediction planes of ab units, row after row
 * @property {number} width
 * @property {number} height
 * @property {Float32Array} faithful a, then b
 * @property {Float32Array} vivid a, then b
 * @property {Float32Array} spread
 * @property {number} [milliseconds]
 *
 * @typedef {object} Colorizer
 * @property {boolean} loaded
 * @property {{network: number, runtime: number}} bytes to be loaded
 * @property {string} obstacle why it cannot be had; empty if it can
 * @property {(progress: (bytes: number) => void) => Promise<void>} load
 * @property {(L: Float32Array, width: number, height: number) => Promise<Prediction>} predict
 * @property {() => void} dispose
 */
import { obstacle } from "./core/colorize.js";

/**
 * @param {import("./model.js").Model} model
 * @param {HTMLElement | null} figure
 * @returns {Colorizer}
 */
export const createColorizer = (model, figure) =>
  model.get("asked") === undefined ? inThePage(figure) : inTheKernel(model);

/** @param {Float32Array} numbers */
function packed(numbers) {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  let text = "";
  // In pieces: a function takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}

/** @param {string} text */
const unpacked = (text) =>
  new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);

/**
 * @param {import("./model.js").Model} model
 * @returns {Colorizer}
 */
function inTheKernel(model) {
  let count = 0;
  /** @type {Map<number, {resolve: (found: any) => void, reject: (reason: Error) => void}>} */
  const waiting = new Map();
  const answered = () => {
    const answer = model.get("answered");
    const asker = waiting.get(answer?.id);
    if (!asker) return;
    waiting.delete(answer.id);
    if (answer.problem) asker.reject(new Error(answer.problem));
    else {
      const planes = ["faithful", "vivid", "spread"].map((name) => [name, unpacked(answer[name])]);
      asker.resolve({ ...answer, ...Object.fromEntries(planes) });
    }
  };
  model.on("change:answered", answered);
  return {
    loaded: true,
    bytes: { network: 0, runtime: 0 },
    obstacle: "",
    load: async () => {},
    predict: (L, width, height) =>
      new Promise((resolve, reject) => {
        count += 1;
        waiting.set(count, { resolve, reject });
        model.set("asked", { id: count, L: packed(L), width, height });
        model.save_changes();
      }),
    dispose: () => model.off("change:answered", answered),
  };
}

/**
 * @param {HTMLElement | null} figure says in `data-network` where the book keeps the files
 * @returns {Colorizer}
 */
function inThePage(figure) {
  const offer = figure?.dataset.network ? JSON.parse(figure.dataset.network) : null;
  /** @type {Worker | null} */
  let worker = null;
  let count = 0;
  /** @type {Map<number | undefined, {resolve: (found: any) => void, reject: (reason: Error) => void}>} */
  const waiting = new Map();

  /** @type {Colorizer} */
  const colorizer = {
    loaded: false,
    bytes: offer?.bytes ?? { network: 0, runtime: 0 },
    obstacle: obstacle({
      protocol: location.protocol,
      offered: Boolean(offer),
      wasm: globalThis.WebAssembly,
      workers: "Worker" in globalThis,
    }),
    load: (progress) =>
      new Promise((resolve, reject) => {
        const address = (/** @type {string} */ file) => new URL(file, document.baseURI).href;
        const addresses = Object.fromEntries(
          Object.entries(offer.files).map(([name, file]) => [name, address(file)]),
        );
        const fail = (/** @type {Error} */ reason) => {
          worker?.terminate();
          worker = null;
          reject(reason);
        };
        worker = new Worker(address(offer.worker), { type: "module" });
        worker.onerror = (event) => fail(new Error(event.message || "its worker did not start"));
        worker.onmessage = ({ data }) => {
          if (data.loaded !== undefined) progress(data.loaded);
          else if (data.ready) {
            colorizer.loaded = true;
            resolve();
          } else if (data.id === undefined) fail(new Error(data.problem));
          else {
            const asker = waiting.get(data.id);
            waiting.delete(data.id);
            if (data.problem) asker?.reject(new Error(data.problem));
            else asker?.resolve(data);
          }
        };
        worker.postMessage({ addresses });
      }),
    predict: (L, width, height) =>
      new Promise((resolve, reject) => {
        count += 1;
        waiting.set(count, { resolve, reject });
        worker?.postMessage({ id: count, L, width, height });
      }),
    dispose: () => worker?.terminate(),
  };
  return colorizer;
}
