/**
 * A figure talks to its surroundings through a model: anywidget's own in a notebook, and on a page
 * without a kernel this small stand-in that holds the spec.
 *
 * @typedef {object} Model
 * @property {(key: string) => any} get
 * @property {(key: string, value: any) => void} set
 * @property {(event: string, callback: () => void) => void} on
 * @property {(event: string, callback: () => void) => void} off
 * @property {() => void} save_changes
 */

/**
 * @param {Record<string, any>} spec
 * @returns {Model}
 */
export function createPageModel(spec) {
  /** @type {Record<string, any>} */
  const values = { ...spec };
  /** @type {Map<string, Set<() => void>>} */
  const listeners = new Map();
  return {
    get: (key) => values[key],
    set(key, value) {
      if (JSON.stringify(values[key]) === JSON.stringify(value)) return;
      values[key] = value;
      for (const callback of [...(listeners.get(`change:${key}`) ?? [])]) callback();
    },
    on(event, callback) {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(callback));
    },
    off(event, callback) {
      listeners.get(event)?.delete(callback);
    },
    save_changes() {},
  };
}

/**
 * The part of the model that a figure works on: reads, several writes at once, one redraw.
 *
 * @param {Model} model
 * @param {string[]} keys
 * @param {() => void} redraw called once after each `update`, and on changes from outside
 */
export function createState(model, keys, redraw) {
  let writing = false;
  const changed = () => {
    if (!writing) redraw();
  };
  for (const key of keys) model.on(`change:${key}`, changed);
  const start = Object.fromEntries(keys.map((key) => [key, model.get(key)]));

  const state = {
    /** @param {string} key */
    get: (key) => model.get(key),

    /** @param {Record<string, any>} values */
    update(values) {
      writing = true;
      for (const [key, value] of Object.entries(values)) model.set(key, value);
      writing = false;
      model.save_changes();
      redraw();
    },

    /** Back to the values that the figure started with. */
    reset: () => state.update(start),

    dispose() {
      for (const key of keys) model.off(`change:${key}`, changed);
    },
  };
  return state;
}
