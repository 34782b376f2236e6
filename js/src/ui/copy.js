import { button } from "./controls.js";
import { h } from "./dom.js";

/**
 * "Copy as PyTorch": puts a complete program on the clipboard. Where the clipboard is refused (an
 * embedded notebook, an old browser), the program appears in a text field, selected, to be copied
 * by hand.
 *
 * @param {object} options
 * @param {() => string} options.code
 * @param {import("./live.js").Live} options.live
 */
export function copyAsPyTorch({ code, live }) {
  const field = h("textarea", {
    class: "cnn-code",
    readonly: true,
    spellcheck: "false",
    "aria-label": "PyTorch program",
    hidden: true,
  });
  let timer = 0;
  const copy = button({
    label: "Copy as PyTorch",
    icon: "copy",
    onPress: async () => {
      const text = code();
      try {
        await navigator.clipboard.writeText(text);
        field.hidden = true;
        copy.set("Copied", "check");
        clearTimeout(timer);
        timer = window.setTimeout(() => copy.set("Copy as PyTorch", "copy"), 2000);
        live.say("The PyTorch program is on the clipboard.");
      } catch {
        field.value = text;
        field.rows = text.split("\n").length;
        field.hidden = false;
        field.focus();
        field.select();
        live.say("The PyTorch program is selected: copy it with the keyboard.");
      }
    },
  });
  return {
    button: copy,
    field,
    /** A shown program would be out of date after a change: put it away. */
    stale() {
      field.hidden = true;
    },
    dispose: () => clearTimeout(timer),
  };
}
