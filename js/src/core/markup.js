/**
 * The two marks that a question's text may carry: `code` and **bold** (code may stand in bold).
 *
 * @typedef {{kind: "text" | "code", text: string} | {kind: "bold", parts: Mark[]}} Mark
 */

// Bold holds whole pieces of code or none, so that the stars of `x**2` are never its marks.
const MARK = /`([^`]+)`|\*\*((?:[^`*]|`[^`]+`|\*(?!\*))+)\*\*/g;

/**
 * @param {string} text
 * @returns {Mark[]} the pieces in order; anything that is not one of the marks stays plain text
 */
export function marks(text) {
  /** @type {Mark[]} */
  const found = [];
  let end = 0;
  for (const match of text.matchAll(MARK)) {
    if (match.index > end) found.push({ kind: "text", text: text.slice(end, match.index) });
    if (match[1] !== undefined) found.push({ kind: "code", text: match[1] });
    else found.push({ kind: "bold", parts: marks(match[2]) });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ kind: "text", text: text.slice(end) });
  return found;
}

/**
 * @param {string} text
 * @returns {string} the text without its marks, for speech
 */
export function plain(text) {
  return spoken(marks(text));
}

/**
 * @param {Mark[]} parts
 * @returns {string}
 */
const spoken = (parts) =>
  parts.map((part) => (part.kind === "bold" ? spoken(part.parts) : part.text)).join("");
