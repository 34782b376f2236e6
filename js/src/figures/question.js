import { marks, plain } from "../core/markup.js";
import { button } from "../ui/controls.js";
import { h, icon, uniqueId } from "../ui/dom.js";
import { createLive } from "../ui/live.js";

/**
 * A concept question: choose, check, read why. A wrong choice is answered by what it overlooks and
 * there is a second try; after two the answer is offered. What was chosen is kept nowhere.
 *
 * @typedef {{text: string, correct: boolean, response: string}} Choice
 */

export const name = "question";

const TRIES_BEFORE_ANSWER = 2;

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  const render = () => root.replaceChildren(card(model));
  const keys = ["label", "prompt", "choices", "multiple"];
  for (const key of keys) model.on(`change:${key}`, render);
  render();
  return () => {
    for (const key of keys) model.off(`change:${key}`, render);
    root.replaceChildren();
  };
}

/** @param {import("../model.js").Model} model */
function card(model) {
  /** @type {Choice[]} */
  const choices = model.get("choices");
  const several = Boolean(model.get("multiple"));
  const group = uniqueId();
  const live = createLive();
  let tries = 0;

  const rows = choices.map((choice, index) => {
    const response = h("div", { class: "cnn-response", id: uniqueId(), hidden: true });
    const input = h("input", {
      type: several ? "checkbox" : "radio",
      name: group,
      value: index,
      onchange: () => changed(),
    });
    const element = h(
      "div",
      { class: "cnn-answer" },
      h(
        "label",
        {},
        input,
        h("span", { class: "cnn-letter", "aria-hidden": "true" }, letter(index)),
        h("span", { class: "cnn-answer-text" }, ...inline(choice.text)),
      ),
      response,
    );
    return { choice, input, response, element };
  });
  /** @typedef {(typeof rows)[number]} Row */

  /**
   * The answer to a choice stands right under it, with a sign and a word.
   *
   * @param {Row} row
   * @param {string} verdict
   */
  const respond = (row, verdict) => {
    row.element.dataset.verdict = row.choice.correct ? "right" : "wrong";
    const { response, correct } = row.choice;
    const [word, rest] = affirms(response, correct) ? ["Yes", response.slice(3)] : [`${verdict} `, response];
    row.response.replaceChildren(icon(correct ? "check" : "remove"), h("p", {}, h("b", {}, word), ...inline(rest)));
    row.response.hidden = false;
    row.input.setAttribute("aria-describedby", row.response.id);
  };

  /** @param {Row} row */
  const clear = (row) => {
    delete row.element.dataset.verdict;
    row.response.hidden = true;
    row.input.removeAttribute("aria-describedby");
  };

  const note = h("p", { class: "cnn-question-note" });
  const check = button({ label: "Check", onPress: () => judge() });
  check.element.classList.add("cnn-primary");
  const show = button({ label: "Show the answer", onPress: () => reveal() });
  const again = button({ label: "Start again", icon: "reset", onPress: () => restart() });
  show.element.hidden = true;
  again.element.hidden = true;

  /** @param {string} sentence */
  const tell = (sentence) => {
    note.textContent = sentence;
  };

  const changed = () => {
    if (note.dataset.kind === "ask") tell("");
    delete note.dataset.kind;
  };

  const judge = () => {
    const chosen = rows.filter(({ input }) => input.checked);
    if (chosen.length === 0) {
      note.dataset.kind = "ask";
      tell(several ? "Choose one or more answers first." : "Choose an answer first.");
      live.say(note.textContent ?? "");
      return;
    }
    rows.forEach(clear);
    const right = rows.every(({ choice, input }) => choice.correct === input.checked);
    if (right) {
      for (const row of chosen) respond(row, "Right.");
      finish(chosen);
      return;
    }
    tries += 1;
    const wrong = chosen.filter(({ choice }) => !choice.correct);
    for (const row of wrong) respond(row, "Not quite.");
    const missing = wrong.length === 0 ? "So far right, but not all of them yet. " : "";
    const offered = tries >= TRIES_BEFORE_ANSWER;
    show.element.hidden = !offered;
    again.element.hidden = true;
    tell(`${missing}${offered ? "Try once more, or look at the answer." : "Have another try."}`);
    live.say(`${spoken("Not quite.", wrong)} ${note.textContent}`);
  };

  const reveal = () => {
    rows.forEach(clear);
    const right = rows.filter(({ choice }) => choice.correct);
    for (const row of rows) row.input.checked = row.choice.correct;
    for (const row of right) respond(row, "The answer.");
    finish(right, "The answer.");
    tell("This is the answer.");
    right[0].input.focus();
  };

  /**
   * @param {Row[]} right
   * @param {string} [verdict]
   */
  const finish = (right, verdict = "Right.") => {
    show.element.hidden = true;
    again.element.hidden = false;
    tell("");
    const answers = right.map(({ choice }) => plain(choice.text)).join("; ");
    live.say(`${verdict === "Right." ? "" : `The answer: ${answers}. `}${spoken(verdict, right)}`);
  };

  const restart = () => {
    tries = 0;
    for (const row of rows) {
      clear(row);
      row.input.checked = false;
    }
    show.element.hidden = true;
    again.element.hidden = true;
    tell("");
    live.say("The question is as it was at first.");
    rows[0].input.focus();
  };

  const [first, ...rest] = String(model.get("prompt")).split(/\n\s*\n/);
  return h(
    "form",
    {
      class: "cnn-question",
      onsubmit: (/** @type {Event} */ event) => event.preventDefault(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Enter" && event.target instanceof HTMLInputElement) judge();
      },
    },
    h(
      "fieldset",
      {},
      h(
        "legend",
        {},
        h("span", { class: "cnn-question-label" }, model.get("label")),
        h("span", { class: "cnn-question-prompt" }, ...inline(first)),
      ),
      ...rest.map((paragraph) => h("p", { class: "cnn-question-more" }, ...inline(paragraph))),
      several ? h("p", { class: "cnn-question-more" }, "More than one answer can be right.") : null,
      ...rows.map(({ element }) => element),
    ),
    h("div", { class: "cnn-actions" }, check, show, again, note),
    live,
  );
}

/** @param {number} index */
const letter = (index) => String.fromCharCode(97 + index);

/**
 * Whether a response says itself that the choice is right, so that no other word needs to.
 *
 * @param {string} response
 * @param {boolean} correct
 */
const affirms = (response, correct) => correct && /^Yes\b/.test(response);

/**
 * @param {string} verdict
 * @param {{choice: Choice}[]} rows
 */
const spoken = (verdict, rows) => {
  const responses = rows.map(({ choice }) => plain(choice.response));
  const said = rows.some(({ choice }) => affirms(choice.response, choice.correct));
  return [...(said ? [] : [verdict]), ...responses].join(" ");
};

/**
 * Marked text as elements; whatever else stands in it is text and nothing but text.
 *
 * @param {string} text
 * @returns {Node[]}
 */
const inline = (text) => marks(text).map(node);

/**
 * @param {import("../core/markup.js").Mark} mark
 * @returns {Node}
 */
function node(mark) {
  if (mark.kind === "bold") return h("strong", {}, ...mark.parts.map(node));
  return mark.kind === "code" ? h("code", {}, mark.text) : document.createTextNode(mark.text);
}
