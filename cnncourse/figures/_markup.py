"""The two marks that a question's text may carry: ``code`` in backticks and ``**bold**``."""

from __future__ import annotations

import re
from html import escape

# Bold holds whole pieces of code or none, so that the stars of `x**2` are never its marks.
_MARK = re.compile(r"`([^`]+)`|\*\*((?:[^`*]|`[^`]+`|\*(?!\*))+)\*\*")


def marked_html(text: str) -> str:
    """Turn marked text into HTML; everything else in it is escaped.

    Examples
    --------
    >>> marked_html("**Never** `a < b`")
    '<strong>Never</strong> <code>a &lt; b</code>'
    """
    parts = []
    end = 0
    for match in _MARK.finditer(text):
        parts.append(escape(text[end : match.start()], quote=False))
        code, bold = match.groups()
        if code is not None:
            parts.append(f"<code>{escape(code, quote=False)}</code>")
        else:
            parts.append(f"<strong>{marked_html(bold)}</strong>")
        end = match.end()
    return "".join(parts) + escape(text[end:], quote=False)


def plain_text(text: str) -> str:
    """Take the marks out, for speech and plain-text output.

    Examples
    --------
    >>> plain_text("**Never** `a < b`")
    'Never a < b'
    """
    return _MARK.sub(lambda match: match[1] if match[1] is not None else plain_text(match[2]), text)
