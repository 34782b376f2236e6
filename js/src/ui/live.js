import { h } from "./dom.js";

/**
 * The figure's voice: one polite sentence when something is committed (a cell pinned, a number
 * typed, a control moved). Silent while a sequence plays, because a sentence a frame is noise.
 */
export function createLive() {
  const element = h("div", { class: "cnn-hidden", role: "status", "aria-live": "polite" });
  return {
    element,
    silent: false,
    /** @param {string} sentence */
    say(sentence) {
      if (!this.silent) element.textContent = sentence;
    },
  };
}

/** @typedef {ReturnType<typeof createLive>} Live */
