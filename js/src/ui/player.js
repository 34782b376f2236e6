import { button, range } from "./controls.js";
import { h, reducedMotion } from "./dom.js";

/**
 * Step back, play or pause, step forward, and a scrubber over a sequence. Nothing moves until the
 * reader presses play; who asked their system for less motion gets the steps and no play button.
 *
 * @param {object} options
 * @param {string} options.label of the scrubber
 * @param {(index: number) => string} options.text a position in words
 * @param {(index: number) => void} options.onStep show this position
 * @param {(index: number) => void} options.onCommit the reader stopped here: say it
 * @param {(playing: boolean) => void} [options.onPlay]
 * @param {number} [options.interval] milliseconds a position
 */
export function createPlayer({ label, text, onStep, onCommit, onPlay, interval = 900 }) {
  let index = 0;
  let count = 1;
  let timer = 0;

  /** @param {number} next */
  const go = (next) => {
    index = next;
    onStep(index);
  };

  const pause = () => {
    if (!timer) return;
    clearInterval(timer);
    timer = 0;
    toggle.set("Play", "play");
    onPlay?.(false);
    onCommit(index);
  };

  const play = () => {
    toggle.set("Pause", "pause");
    timer = window.setInterval(() => {
      if (index + 1 < count) go(index + 1);
      if (index + 1 >= count) pause();
    }, interval);
    onPlay?.(true);
    go(index + 1 < count ? index : 0);
  };

  /** @param {number} by */
  const step = (by) => {
    pause();
    go((index + by + count) % count);
    onCommit(index);
  };

  const back = button({
    label: "Step back",
    icon: "back",
    iconOnly: true,
    onPress: () => step(-1),
  });
  const toggle = button({
    label: "Play",
    icon: "play",
    iconOnly: true,
    onPress: () => (timer ? pause() : play()),
  });
  toggle.element.classList.add("cnn-play");
  const forward = button({
    label: "Step forward",
    icon: "forward",
    iconOnly: true,
    onPress: () => step(1),
  });
  const scrubber = range({
    label,
    text,
    onInput: (value) => {
      pause();
      go(value);
    },
    onCommit: (value) => onCommit(value),
  });
  const motion = matchMedia("(prefers-reduced-motion: reduce)");
  const showPlay = () => {
    if (reducedMotion()) pause();
    toggle.element.hidden = reducedMotion();
  };
  motion.addEventListener("change", showPlay);
  showPlay();

  const element = h(
    "div",
    { class: "cnn-player" },
    h("div", { class: "cnn-buttons" }, back, toggle, forward),
    scrubber,
  );
  return {
    element,
    pause,
    /** @returns {boolean} */
    get playing() {
      return timer !== 0;
    },
    /** @param {{index: number, count: number}} state */
    set(state) {
      index = state.index;
      count = state.count;
      scrubber.set({ value: index, min: 0, max: count - 1 });
    },
    dispose() {
      clearInterval(timer);
      timer = 0;
      motion.removeEventListener("change", showPlay);
    },
  };
}
