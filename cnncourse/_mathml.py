"""TeX formulas to MathML by pandoc, many in one call, and the font that draws them."""

from __future__ import annotations

import html
import json
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

# What a browser may draw although no formula names it: digits and letters of equation numbers,
# and the plain letters that are set in place of a mathematical alphabet.
_ALWAYS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz()[]{}|,.:;=+-−×·⋆∗ "


class Formula(NamedTuple):
    """One formula: its TeX source, and whether it is set on a line of its own."""

    tex: str
    display: bool = False


@dataclass(frozen=True)
class Converted:
    """What became of one formula: its MathML, or the reason why there is none."""

    mathml: str | None
    problem: str | None = None


def prepare(tex: str) -> str:
    r"""Return the TeX of a displayed formula as pandoc wants it.

    Lines broken by ``\\`` outside any environment are put into ``aligned``, as MathJax and LaTeX's
    ``split`` would set them; a blank line means a new line.

    >>> print(prepare(r"a &= b \\ c &= d"))
    \begin{aligned}a &= b \\ c &= d\end{aligned}
    >>> print(prepare(r"\begin{cases} 0 \\ 1 \end{cases}"))
    \begin{cases} 0 \\ 1 \end{cases}
    """
    parts = [part.strip() for part in re.split(r"\n\s*\n", tex) if part.strip()]
    tex = r" \\ ".join(parts)
    depth = 0
    for token in re.finditer(r"\\begin\b|\\end\b|\\\\|[{}]", tex):
        if token[0] in ("{", r"\begin"):
            depth += 1
        elif token[0] in ("}", r"\end"):
            depth -= 1
        elif token[0] == r"\\" and depth == 0:
            return rf"\begin{{aligned}}{tex}\end{{aligned}}"
    return tex


def convert(formulas: Sequence[Formula]) -> list[Converted]:
    r"""Convert formulas to MathML with a single call of pandoc.

    The TeX stays in each result as an annotation, so that it can be copied and searched.

    Parameters
    ----------
    formulas
        Any number of formulas, inline and displayed mixed.

    Returns
    -------
    list of Converted
        In the same order. A formula that pandoc cannot read has ``mathml`` None and pandoc's own
        words as its ``problem``.

    Examples
    --------
    >>> inline, wrong = convert([Formula("x_1"), Formula(r"\nonsense{x}")])
    >>> inline.mathml
    '<math display="inline"><semantics><msub><mi>x</mi><mn>1</mn></msub>...x_1</annotation>...'
    >>> wrong.mathml is None, wrong.problem.splitlines()[0]
    (True, 'unexpected control sequence \\nonsense')
    """
    if not formulas:
        return []
    import pypandoc

    # Pandoc's native format takes the formulas as they are: nothing else can be misread.
    blocks = ",".join(
        f"Para [Math {'DisplayMath' if formula.display else 'InlineMath'} {_quoted(formula)}]"
        for formula in formulas
    )
    done = subprocess.run(
        [pypandoc.get_pandoc_path(), "-f", "native", "-t", "html", "--mathml", "--wrap=none"],
        input=f"[{blocks}]",
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    results = re.findall(r"<p>(.*?)</p>", done.stdout, flags=re.DOTALL)
    if len(results) != len(formulas):
        raise RuntimeError(f"pandoc returned {len(results)} of {len(formulas)} formulas")
    converted = []
    for formula, result in zip(formulas, results, strict=True):
        if "<math" in result:
            converted.append(Converted(_tidy(result)))
        else:
            converted.append(Converted(None, _problem(formula, done.stderr)))
    return converted


def _quoted(formula: Formula) -> str:
    """Return a formula's TeX as a string of pandoc's native format."""
    return json.dumps(prepare(formula.tex) if formula.display else formula.tex, ensure_ascii=False)


def _problem(formula: Formula, messages: str) -> str:
    """Find what pandoc said about one formula among all its warnings."""
    for message in messages.split("[WARNING] ")[1:]:
        head, _, rest = message.partition("rendering as TeX:")
        if formula.tex.strip()[:30] in head:
            lines = [line.strip() for line in rest.splitlines()]
            return "\n".join(line for line in lines if line.startswith(("unexpected", "expecting")))
    return "pandoc cannot read it"


def _tidy(mathml: str) -> str:
    """Drop what HTML does not need, and mend what browsers' MathML Core reads otherwise."""
    mathml = mathml.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
    mathml = re.sub(r' columnalign="[^"]*"', "", mathml)
    # Aligned lines are displayed formulas: their fractions and sums are full-sized.
    mathml = mathml.replace(
        '<mtable><mtr><mtd style="text-align: right; padding-right: 0"',
        '<mtable displaystyle="true"><mtr><mtd style="text-align: right; padding-right: 0"',
    )
    # MathML Core knows only mathvariant="normal"; pandoc has already chosen the right letters.
    mathml = re.sub(r' mathvariant="(?!normal)[^"]*"', "", mathml)
    mathml = mathml.replace('<mtext mathvariant="normal">', "<mtext>")
    # One word, not its letters: an identifier of several letters is upright by itself.
    mathml = re.sub(
        r'<mrow>((?:<mi mathvariant="normal">\w</mi>){2,})</mrow>',
        lambda match: f"<mi>{re.sub(r'<[^>]*>', '', match[1])}</mi>",
        mathml,
    )
    # The operators for convolution and cross-correlation, with an operator's space around them.
    mathml = mathml.replace("<mo>*</mo>", "<mo>∗</mo>").replace("<mi>⋆</mi>", "<mo>⋆</mo>")
    return mathml.strip()


def _italic(letter: str) -> str:
    """Return the mathematical italic that browsers draw for a single letter in ``<mi>``."""
    code = ord(letter)
    if letter == "h":
        return "\N{PLANCK CONSTANT}"
    if "A" <= letter <= "Z":
        return chr(0x1D434 + code - ord("A"))
    if "a" <= letter <= "z":
        return chr(0x1D44E + code - ord("a"))
    if "Α" <= letter <= "Ω":
        return chr(0x1D6E2 + code - ord("Α"))
    if "α" <= letter <= "ω":
        return chr(0x1D6FC + code - ord("α"))
    special = {"∂": 0x1D715, "ϵ": 0x1D716, "ϑ": 0x1D717, "ϕ": 0x1D719, "ϱ": 0x1D71A, "ϖ": 0x1D71B}
    return chr(special.get(letter, code))


def characters(mathml: Iterable[str]) -> str:
    """Return every character that drawing these formulas takes, sorted, each once.

    >>> "𝑥" in characters(["<math><mi>x</mi></math>"])
    True
    """
    needed = set(_ALWAYS)
    for formula in mathml:
        shown = re.sub(r"<annotation.*?</annotation>", "", formula, flags=re.DOTALL)
        for letter in re.findall(r"<mi>(.)</mi>", shown):
            needed.add(_italic(letter))
        if "<msqrt" in shown or "<mroot" in shown:
            needed.add("√")
        needed.update(html.unescape(re.sub(r"<[^>]*>", "", shown)))
    return "".join(sorted(needed - {"\n"}))


def math_font_path() -> Path:
    """Return where the STIX Two Math font lies: inside the ``ziamath`` wheel.

    Raises
    ------
    RuntimeError
        If the wheel is not installed.
    """
    found = find_spec("ziamath")  # found, not imported: only its font is wanted
    for folder in (found.submodule_search_locations or []) if found else []:
        path = Path(folder) / "fonts" / "STIXTwoMath-Regular.ttf"
        if path.is_file():
            return path
    raise RuntimeError("the font of formulas comes with ziamath: pip install cnncourse[book]")


def subset_font(font: Path, text: str, math: bool = False) -> bytes:
    """Cut a font down to the glyphs of ``text`` and return it as WOFF2.

    Parameters
    ----------
    font
        A TrueType, OpenType or WOFF2 file.
    text
        The characters to keep.
    math
        Keep the MATH table and the glyphs it builds tall brackets, braces and roots from.

    Returns
    -------
    bytes
        The font file.
    """
    from fontTools import subset

    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = ["ssty", "dtls", "flac", "rtlm"] if math else []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 13, 14]
    options.ignore_missing_glyphs = True
    options.ignore_missing_unicodes = True
    if not math:
        options.drop_tables = [*options.drop_tables, "GSUB", "GPOS", "GDEF"]
    loaded = subset.load_font(str(font), options)
    worker = subset.Subsetter(options)
    worker.populate(text=text)
    worker.subset(loaded)
    out = BytesIO()
    subset.save_font(loaded, out, options)
    return out.getvalue()


def data_url(font: bytes) -> str:
    """Return a font as a data: URL, which a page opened from a file may use in every browser."""
    return f"data:font/woff2;base64,{b64encode(font).decode('ascii')}"


def math_stylesheet(mathml: Iterable[str]) -> str:
    """Return the CSS that gives formulas their font, the subset font inside it."""
    font = subset_font(math_font_path(), characters(mathml), math=True)
    return (
        "/* STIX Two Math, cut down to the characters of this book.\n"
        "   Copyright 2001-2020 The STIX Fonts Project Authors; SIL Open Font License 1.1,\n"
        "   https://openfontlicense.org */\n"
        '@font-face{font-family:"Book Math";font-display:block;'
        f'src:url({data_url(font)}) format("woff2")}}\n'
        'math{font-family:"Book Math","STIX Two Math","Latin Modern Math","Cambria Math",math}\n'
    )
