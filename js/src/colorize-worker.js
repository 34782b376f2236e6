/**
 * Runs the colorizer beside the page, so that the page never waits: ONNX Runtime as WebAssembly, in
 * one thread, with the checkpoint's own bytes for weights. A script of its own, which the figure
 * colorize starts when a reader asks for the network.
 */

/**
 * @typedef {object} Order
 * @property {Record<"runtime" | "wasm" | "graph" | "weights", string>} addresses
 */

/** @type {any} */
let runtime;
/** @type {any} */
let session;

const post = (/** @type {any} */ message, /** @type {Transferable[]} */ transfer = []) =>
  /** @type {any} */ (globalThis).postMessage(message, transfer);

/**
 * @param {string} address
 * @param {(bytes: number) => void} arrived
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function fetched(address, arrived) {
  const response = await fetch(address);
  if (!response.ok || !response.body) throw new Error(`${address} answered ${response.status}`);
  /** @type {Uint8Array[]} */
  const pieces = [];
  const reader = response.body.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    pieces.push(/** @type {Uint8Array} */ (value));
    arrived(/** @type {Uint8Array} */ (value).length);
  }
  return new Uint8Array(await new Blob(/** @type {BlobPart[]} */ (pieces)).arrayBuffer());
}

/**
 * What is stored compressed, whole again. Some servers announce the compression to the browser,
 * which then has undone it already.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
async function unpacked(bytes) {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {Order} order */
async function load({ addresses }) {
  let loaded = 0;
  const arrived = (/** @type {number} */ bytes) => {
    loaded += bytes;
    post({ loaded });
  };
  const [module, packed, graph, weights] = await Promise.all([
    import(addresses.runtime),
    fetched(addresses.wasm, arrived),
    fetched(addresses.graph, arrived),
    fetched(addresses.weights, arrived),
  ]);
  runtime = module;
  const { wasm } = runtime.env;
  wasm.numThreads = 1;
  wasm.wasmBinary = (await unpacked(packed)).buffer;
  session = await runtime.InferenceSession.create(graph, {
    executionProviders: ["wasm"],
    // The graph knows its weights by the name of their file.
    externalData: [{ path: addresses.weights.split("/").pop(), data: weights }],
  });
  post({ ready: true });
}

/** @param {{id: number, L: Float32Array, width: number, height: number}} question */
async function predict({ id, L, width, height }) {
  const start = performance.now();
  const given = new runtime.Tensor("float32", L, [1, 1, height, width]);
  const { faithful, vivid, spread } = await session.run({ L: given });
  post({
    id,
    milliseconds: performance.now() - start,
    width: faithful.dims[3],
    height: faithful.dims[2],
    faithful: faithful.data,
    vivid: vivid.data,
    spread: spread.data,
  });
}

/** @type {any} */ (globalThis).onmessage = async (/** @type {MessageEvent} */ { data }) => {
  try {
    await (data.addresses ? load(data) : predict(data));
  } catch (reason) {
    post({ id: data.id, problem: reason instanceof Error ? reason.message : String(reason) });
  }
};
