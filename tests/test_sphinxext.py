"""The book's Sphinx parts, on small projects of their own."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from sphinx.testing.util import SphinxTestApp

from cnncourse import _mathml, _slim, sphinxext
from cnncourse._mathml import Formula

Build = Callable[..., tuple[Path, str]]
CONFIGURATION = """
extensions = ["myst_parser", "cnncourse.sphinxext"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
html_math_renderer = "mathml"
html_title = "Small"
numfig = True
numfig_secnum_depth = 1
root_doc = "index"
exclude_patterns = ["_build"]
"""


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Build a project out of MyST files; return the folder of its HTML and the warnings."""

    def run(configuration: str = "", **files: str) -> tuple[Path, str]:
        source = tmp_path / "source"
        source.mkdir(exist_ok=True)
        (source / "conf.py").write_text(CONFIGURATION + configuration, encoding="utf-8")
        for name, text in files.items():
            path = source / f"{name.replace('__', '/')}.md"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        warnings = StringIO()
        app = SphinxTestApp(srcdir=source, builddir=tmp_path / "build", warning=warnings)
        app.build()
        app.cleanup()
        return Path(app.outdir), warnings.getvalue()

    return run


def soup(folder: Path, name: str = "index") -> BeautifulSoup:
    return BeautifulSoup((folder / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


class TestMathML:
    def test_one_call_converts_any_number(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calls = []
        run = _mathml.subprocess.run
        monkeypatch.setattr(
            _mathml.subprocess, "run", lambda *a, **k: calls.append(a) or run(*a, **k)
        )
        formulas = [Formula(f"x_{{{i}}}", display=i % 2 == 0) for i in range(100)]
        converted = _mathml.convert(formulas)
        assert len(calls) == 1
        for i, result in enumerate(converted):
            assert result.mathml is not None
            assert f'display="{"inline" if i % 2 else "block"}"' in result.mathml
            assert f"x_{{{i}}}</annotation>" in result.mathml
        assert _mathml.convert([]) == []

    @pytest.mark.parametrize(
        "tex",
        [
            r"\left\lfloor \frac{W - F + 2P}{S} \right\rfloor + 1",
            r"\underbrace{a + b}_{\text{two terms}}",
            r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}",
            r"\begin{bmatrix} 1 & -2 \\ 3 & 4 \end{bmatrix}",
            r"\boldsymbol{w}^{\top} \mathbb{R}^{H \times W} \operatorname{relu}(x)",
            r"\langle C x, y \rangle = \langle x, C^{\!\top} y \rangle",
            'a < b & c > d \\\\\n e \\text{"quoted"} f\' \\{ \\}',
            "α ⋆ β ∗ x̂ é",
        ],
    )
    def test_what_the_book_needs_is_converted(self, tex: str) -> None:
        (converted,) = _mathml.convert([Formula(tex, display=True)])
        assert converted.problem is None
        assert converted.mathml is not None
        formula = BeautifulSoup(converted.mathml, "html.parser")
        assert formula.find("semantics") is not None
        assert formula.find("annotation").get_text() == _mathml.prepare(tex)

    def test_what_cannot_be_converted_is_named(self) -> None:
        good, bad, other = _mathml.convert(
            [Formula("x"), Formula(r"\frac{1}"), Formula(r"\nonsense{y}", display=True)]
        )
        assert good.problem is None
        assert bad.mathml is None
        assert other.mathml is None
        assert bad.problem
        assert "nonsense" in (other.problem or "")

    @pytest.mark.parametrize(
        ("tex", "prepared"),
        [
            ("a", "a"),
            (r"a \\ b", r"\begin{aligned}a \\ b\end{aligned}"),
            ("a\n\nb", r"\begin{aligned}a \\ b\end{aligned}"),
            (r"\begin{matrix} a \\ b \end{matrix}", r"\begin{matrix} a \\ b \end{matrix}"),
            (
                r"\begin{matrix} a \\ b \end{matrix} \\ c",
                r"\begin{aligned}\begin{matrix} a \\ b \end{matrix} \\ c\end{aligned}",
            ),
            (r"\substack{a \\ b}", r"\substack{a \\ b}"),
        ],
    )
    def test_lines_are_aligned_where_nothing_else_holds_them(self, tex: str, prepared: str) -> None:
        assert _mathml.prepare(tex) == prepared

    def test_words_are_one_identifier_and_operators_have_space(self) -> None:
        (converted,) = _mathml.convert([Formula(r"\mathrm{out} \star K * L")])
        assert "<mi>out</mi>" in (converted.mathml or "")
        assert "<mo>⋆</mo>" in (converted.mathml or "")
        assert "<mo>∗</mo>" in (converted.mathml or "")

    def test_single_letters_are_drawn_italic(self) -> None:
        drawn = _mathml.characters(["<math><mi>h</mi><mi>x</mi><mi>Γ</mi><mi>abc</mi></math>"])
        assert {"ℎ", "𝑥", "𝛤", "a"} <= set(drawn)
        assert "√" in _mathml.characters(["<math><msqrt><mn>2</mn></msqrt></math>"])
        assert "√" not in drawn


class TestFonts:
    def test_a_subset_keeps_what_brackets_are_built_from(self) -> None:
        font = TTFont(BytesIO(_mathml.subset_font(_mathml.math_font_path(), "x([⌊", math=True)))
        assert set("x([⌊") <= {chr(code) for code in font.getBestCmap()}
        variants = font["MATH"].table.MathVariants
        stretching = variants.VertGlyphCoverage.glyphs
        assert font.getBestCmap()[ord("⌊")] in stretching
        assert len(font.getGlyphOrder()) > 20

    def test_a_subset_is_a_fraction_of_the_font(self) -> None:
        whole = _mathml.math_font_path().stat().st_size
        assert len(_mathml.subset_font(_mathml.math_font_path(), "x+y=1", math=True)) < whole / 20

    def test_the_style_sheet_holds_the_font_and_its_license(self) -> None:
        sheet = _mathml.math_stylesheet(["<math><mi>x</mi></math>"])
        assert "data:font/woff2;base64," in sheet
        assert "Open Font License" in sheet
        assert "STIX Fonts Project Authors" in sheet


class TestSlimming:
    SHEET = """
        .kept, .gone > p { color: red }
        .gone { color: blue }
        p:not(.gone) { top: 0 }
        .kept:is(.gone, .other) { left: 0 }
        [class*="gone"] { right: 0 }
        @media print { .gone { top: 1px } .kept { top: 2px } }
        @media screen { .gone { top: 3px } }
        @supports (display: grid) { .kept .gone { top: 4px } a { top: 5px } }
        @font-face { font-family: x; src: url(x.woff2) }
        @keyframes gone { from { top: 0 } }
        .kept::after { content: "}.gone{" }
        .kept.gone { top: 6px }
    """

    def test_only_rules_that_nothing_matches_go(self) -> None:
        slim = "".join(_slim.purge(self.SHEET, {"kept"}).split())
        assert ".kept{color:red}" in slim
        assert "blue" not in slim
        assert "p:not(.gone){top:0}" in slim
        assert ".kept:is(.gone,.other){left:0}" in slim
        assert '[class*="gone"]{right:0}' in slim
        assert "@mediaprint{.kept{top:2px}}" in slim
        assert "screen" not in slim
        assert "a{top:5px}" in slim
        assert "4px" not in slim
        assert "@font-face{font-family:x" in slim
        assert "@keyframesgone" in slim
        assert '.kept::after{content:"}.gone{"}' in slim
        assert "6px" not in slim

    def test_nothing_goes_when_everything_is_used(self) -> None:
        slim = _slim.purge(self.SHEET, {"kept", "gone"})
        assert slim.count("{") == self.SHEET.count("{")

    def test_scripts_lend_their_words(self) -> None:
        names = _slim.used_names(["<p class='a b'><i class=\"c\">"], ["x.classList.add('is-on')"])
        assert {"a", "b", "c", "is-on"} <= names


class TestLinks:
    def test_nothing_is_linked_unless_configured(self) -> None:
        links = sphinxext.resolve_links({}, {})
        assert links["repository"] == ""
        assert sphinxext.launch_links(links, "notebooks/x.ipynb") == []

    def test_the_environment_wins_over_the_file(self) -> None:
        links = sphinxext.resolve_links(
            {"repository": "https://github.com/file/file", "binder": "https://b.example.org/"},
            {"CNNCOURSE_REPOSITORY": "https://github.com/env/env", "CNNCOURSE_BINDER": ""},
        )
        assert links["repository"] == "https://github.com/env/env"
        assert links["binder"] == ""

    def test_a_workflow_brings_its_own_repository_and_branch(self) -> None:
        workflow = {
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "somebody/fork",
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_REF_NAME": "trunk",
        }
        links = sphinxext.resolve_links({"colab": "https://c.example.org"}, workflow)
        assert links["repository"] == "https://github.com/somebody/fork"
        assert links["branch"] == "trunk"
        tagged = sphinxext.resolve_links({}, workflow | {"GITHUB_REF_TYPE": "tag"})
        assert tagged["branch"] == "main"
        ours = sphinxext.resolve_links({"repository": "https://github.com/a/b"}, workflow)
        assert ours["repository"] == "https://github.com/a/b"
        assert ours["branch"] == "main"

    def test_what_a_host_cannot_open_is_not_offered(self) -> None:
        every = {
            "colab": "https://c.example.org",
            "binder": "https://b.example.org",
            "jupyterhub": "https://h.example.org",
        }
        elsewhere = sphinxext.resolve_links(every | {"repository": "https://git.example.org/a"}, {})
        names = [name for name, _ in sphinxext.launch_links(elsewhere, "x.ipynb")]
        assert names == ["JupyterLab"]
        gitlab = sphinxext.resolve_links(every | {"repository": "https://gitlab.com/a/b"}, {})
        found = dict(sphinxext.launch_links(gitlab, "x.ipynb"))
        assert list(found) == ["Binder", "JupyterLab"]
        assert "/v2/gl/a%2Fb/main?" in found["Binder"]

    @pytest.mark.parametrize(
        "configured", [{"repo": "x"}, {"binder": "binder.org"}, {"colab": "javascript:alert(1)"}]
    )
    def test_what_is_no_address_is_refused(self, configured: dict[str, str]) -> None:
        with pytest.raises(ValueError, match=f"cnncourse_links: .*{next(iter(configured))}"):
            sphinxext.resolve_links(configured, {})


class TestPages:
    def test_formulas_and_their_numbers(self, build: Build) -> None:
        folder, warnings = build(
            index="# A title with $x^2$\n\n$$a + b$$ (eq-sum)\n\nSee {eq}`eq-sum` and $y_1$.\n"
        )
        assert warnings == ""
        page = soup(folder)
        assert len(page.select("h1 math")) == 1
        equation = page.select_one("div.math")
        assert equation["id"] == "equation-eq-sum"
        assert equation.select_one("math")["display"] == "block"
        assert equation.select_one(".eqno").get_text().startswith("(1)")
        assert page.select_one('a.reference[href="#equation-eq-sum"]').get_text() == "(1)"
        assert (folder / "_static" / "math.css").is_file()
        assert page.select("script[src*=athjax], script[src*=cdn]") == []

    def test_a_wrong_formula_is_a_warning_with_its_place(self, build: Build) -> None:
        folder, warnings = build(index="# Title\n\nFine.\n\nHere $\\nonsense{x}$.\n")
        assert "index.md:5" in warnings
        assert "nonsense" in warnings
        assert soup(folder).select_one("p code").get_text() == r"\nonsense{x}"

    def test_a_second_build_knows_all_formulas(self, build: Build) -> None:
        build(index="# Title\n\n```{toctree}\nother\n```\n\n$a$\n", other="# Other\n\n$\\alpha$\n")
        folder, warnings = build(
            index="# Title\n\n```{toctree}\nother\n```\n\n$b$\n", other="# Other\n\n$\\alpha$\n"
        )
        assert warnings == ""
        sheet = (folder / "_static" / "math.css").read_text(encoding="utf-8")
        data = sheet.split("base64,")[1].split(")")[0]
        cmap = TTFont(BytesIO(base64.b64decode(data))).getBestCmap()
        assert {ord("𝑏"), ord("𝛼")} <= set(cmap)

    def test_a_dropdown_becomes_details(self, build: Build) -> None:
        folder, warnings = build(
            index=(
                "# Title\n\n:::{admonition} What you $need$\n:class: dropdown note\n\nA *sum*.\n:::"
                "\n\n:::{tip}\n:class: dropdown\n\nShort.\n:::\n\n:::{note}\nOpen.\n:::\n"
            )
        )
        assert warnings == ""
        boxes = soup(folder).select("details.folded")
        assert [box.summary.get_text(strip=True)[:8] for box in boxes] == ["What you", "Tip"]
        assert boxes[0].select_one("summary math") is not None
        assert boxes[0].select_one("p em").get_text() == "sum"
        assert "note" in boxes[0]["class"]
        assert not boxes[0].has_attr("open")
        assert len(soup(folder).select("div.admonition.note")) == 1

    def test_chapters_keep_their_numbers(self, build: Build) -> None:
        chapter = "# {}\n\n```{{figure}} x.png\n:name: fig-{}\n\nCaption.\n```\n\n## Part\n\n"
        chapter += "$$x$$ (eq-{})\n\n{{numref}}`fig-{}`\n"
        folder, _ = build(
            index="# Title\n\n```{toctree}\n:numbered: 1\n\nnotebooks/03_a\nnotebooks/11_b\n```\n",
            notebooks__03_a=chapter.format("A", "a", "a", "b"),
            notebooks__11_b=chapter.format("B", "b", "b", "a"),
        )
        first, second = soup(folder, "notebooks/03_a"), soup(folder, "notebooks/11_b")
        assert first.h1.get_text().startswith("3. A")
        assert second.h1.get_text().startswith("11. B")
        assert first.h2.get_text().startswith("Part")
        assert "Fig. 3.1" in first.select_one(".caption-number").get_text()
        assert "Fig. 11.1" in first.select_one("a.reference.internal .std-numref").get_text()
        assert "Fig. 3.1" in second.select_one("a.reference.internal .std-numref").get_text()
        links = soup(folder).select(".toctree-wrapper .toctree-l1 > a")
        assert [link.get_text() for link in links] == ["3. A", "11. B"]

    def test_an_unknown_figure_is_named(self, build: Build) -> None:
        _, warnings = build(index="# Title\n\n```{figure-live} SlidingDoor\n```\n")
        assert "there is no figure 'SlidingDoor'" in warnings

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ("kernle: [[1]]", "kernle"),
            ("kernel: [[1], [2, 3]]", "kernel"),
            ("- 1\n- 2", "key: value"),
            ("kernel: [[1", "SlidingWindow"),
        ],
    )
    def test_a_wrong_setting_is_named(self, build: Build, body: str, words: str) -> None:
        _, warnings = build(index=f"# Title\n\n```{{figure-live}} SlidingWindow\n{body}\n```\n")
        assert "figure-live" in warnings
        assert words in warnings

    def test_a_live_figure_is_the_notebooks(self, build: Build) -> None:
        from cnncourse.figures import SlidingWindow

        folder, warnings = build(
            index=(
                "# Title\n\n```{figure-live} SlidingWindow\n:name: fig-window\n"
                ":caption: A window, $3 \\times 3$.\n\nkernel: [[1, 0], [0, -1]]\n```\n\n"
                "{numref}`fig-window`\n\nAfter.\n"
            )
        )
        assert warnings == ""
        html = (folder / "index.html").read_text(encoding="utf-8")
        assert SlidingWindow(kernel=[[1, 0], [0, -1]])._repr_mimebundle_()[0]["text/html"] in html
        page = soup(folder)
        assert page.select_one("figure#fig-window > figcaption math") is not None
        assert page.select_one("a .std-numref").get_text() == "Fig. 1"
        script = page.select_one('script[src$="figures.page.js"]')
        assert script.find_previous("figure") is not None
        assert script.find_next(string=lambda text: "After." in text) is not None
        assert page.select_one('link[href*="figures.css"]') is not None

    def test_a_page_without_figures_or_formulas_loads_neither(self, build: Build) -> None:
        folder, _ = build(index="# Title\n\nText.\n")
        page = (folder / "index.html").read_text(encoding="utf-8")
        assert "figures" not in page
        assert "math.css" not in page

    def test_the_repository_role_links_where_one_is_configured(
        self, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in [name for name in os.environ if name.startswith(("CNNCOURSE_", "GITHUB_"))]:
            monkeypatch.delenv(name)
        text = "# Title\n\nUse {repository}`the tracker <issues>` please.\n"
        folder, _ = build(index=text)
        assert soup(folder).find("a", string="the tracker") is None
        assert "Use the tracker please." in soup(folder).get_text()
        folder, _ = build(
            'cnncourse_links = {"repository": "https://github.com/a/b"}\n', index=text
        )
        link = soup(folder).find("a", string="the tracker")
        assert link["href"] == "https://github.com/a/b/issues"


def test_references_are_a_list_of_items() -> None:
    mended = sphinxext.mend_html('<div role="list"><div role="doc-biblioentry">x</div></div>')
    assert "doc-biblioentry" not in mended
    assert 'role="listitem"' in mended


def test_pictures_have_their_size(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("L", (7, 5)).save(tmp_path / "stored.png")
    files = {"a b.png": str(tmp_path / "stored.png"), "gone.png": str(tmp_path / "gone.png")}
    mended = sphinxext.mend_html('<img alt="" src="../_images/a%20b.png" />', files)
    assert 'width="7" height="5"' in mended
    sized = sphinxext.mend_html('<img alt="" width="3" src="../_images/a%20b.png" />', files)
    assert "height" not in sized
    assert "width" not in sphinxext.mend_html('<img src="_images/gone.png" />', files)


def test_pictures_wait_for_the_reader() -> None:
    mended = sphinxext.mend_html('<img src="a.png"/><img loading="eager" src="b.png"/>')
    assert mended == (
        '<img loading="lazy" decoding="async" src="a.png"/><img loading="eager" src="b.png"/>'
    )
