"""The Python side of a figure, and the homes it is shown in."""

from __future__ import annotations

import json
import subprocess
import sys

import ipywidgets
import numpy as np
import pytest
from browser import ROOT
from bs4 import BeautifulSoup
from figures.checks import cell, unscoped_rules

import cnncourse.figures
from cnncourse.figures import PaddingModes, SlidingWindow

UNKNOWN = """<figure class="cnn-figure" data-figure="no-such-figure">
<script type="application/json">{}</script><div class="cnn-reading"><p>The reading.</p></div>
<figcaption>The caption.</figcaption></figure>"""
BROKEN = UNKNOWN.replace("no-such-figure", "sliding-window")


def test_bundle_holds_widget_html_and_text() -> None:
    data, _ = SlidingWindow(caption="<b> & more")._repr_mimebundle_()
    assert data["text/plain"] == "SlidingWindow()"
    assert "application/vnd.jupyter.widget-view+json" in data
    html = BeautifulSoup(data["text/html"], "html.parser")
    figure = html.find("figure")
    assert figure["data-figure"] == "sliding-window"
    assert json.loads(figure.script.string) == SlidingWindow().spec()
    assert figure.figcaption.string == "<b> & more"
    assert [table.caption.string.split(",")[0] for table in figure.find_all("table")] == [
        "Input 4 × 4",
        "Kernel 3 × 3",
        "Output 2 × 2",
    ]


def test_html_is_the_same_in_every_process() -> None:
    program = "from cnncourse.figures import PaddingModes; print(PaddingModes().html())"
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == PaddingModes().html()


def test_spec_cannot_close_its_script_element() -> None:
    figure = SlidingWindow(controls=[])
    figure.controls = []
    figure.set_trait("caption", "</script><script>alert(1)</script>")
    assert figure.html().count("<script") == 1
    question = pytest.importorskip("cnncourse.figures.question")
    html = question.Question(
        prompt="Is `</script>` safe?",
        choices=[
            {"text": "yes", "correct": True, "response": "It is."},
            {"text": "</script><script>no", "correct": False, "response": "It is."},
        ],
    ).html()
    assert html.count("<script") == 1


def test_repr_tells_what_differs_from_the_default() -> None:
    figure = PaddingModes(mode="reflect", padding=2)
    assert repr(figure) == "PaddingModes(padding=2, mode='reflect')"
    assert eval(repr(figure)).spec() == figure.spec()


def test_figures_link_with_widgets() -> None:
    figure, other = PaddingModes(), PaddingModes()
    slider = ipywidgets.IntSlider(max=3)
    ipywidgets.link((figure, "padding"), (slider, "value"))
    ipywidgets.link((figure, "mode"), (other, "mode"))
    slider.value = 2
    assert figure.padding == 2
    figure.mode = "circular"
    assert other.mode == "circular"


def test_arrays_become_plain_data_and_defaults_are_not_shared() -> None:
    figure = SlidingWindow(input=np.eye(4, dtype=np.float32), kernel=np.ones((2, 2), np.uint8))
    assert figure.spec()["kernel"] == [[1, 1], [1, 1]]
    assert json.loads(json.dumps(figure.spec())) == figure.spec()
    SlidingWindow().input[0][0] = 77
    assert SlidingWindow().input[0][0] == 1


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"kernal": [[1]]}, TypeError, "no setting 'kernal'"),
        ({"kernel": [[1, 2], [3]]}, TypeError, "kernel must be a matrix of numbers"),
        ({"kernel": [["a"]]}, TypeError, "kernel must be a matrix of numbers"),
        ({"kernel": [[True]]}, TypeError, "kernel must be a matrix of numbers"),
        ({"kernel": [[1j]]}, TypeError, "kernel must be a matrix of numbers"),
        ({"kernel": []}, ValueError, "1 to 7 rows and columns"),
        ({"kernel": [[[1]]]}, ValueError, "1 to 7 rows and columns"),
        ({"kernel": [[1] * 8] * 8}, ValueError, "1 to 7 rows and columns"),
        ({"kernel": [[1] * 5] * 5}, ValueError, "kernel is 5 × 5 but input"),
        ({"kernel": [[float("nan")]]}, ValueError, "numbers from −99 to 99"),
        ({"kernel": [[float("inf")]]}, ValueError, "numbers from −99 to 99"),
        ({"kernel": [[1e9]]}, ValueError, "numbers from −99 to 99"),
        ({"kernel": [[1 / 3]]}, ValueError, "at most two decimals"),
        ({"input": np.ones((5, 13))}, ValueError, "1 to 12 rows and columns"),
        ({"input": np.ones((12, 12)), "padding": 1}, ValueError, "at most 12 rows"),
        ({"stride": 0}, ValueError, "stride must be at least 1"),
        ({"stride": 1.5}, TypeError, "stride must be an integer"),
        ({"stride": True}, TypeError, "stride must be an integer"),
        ({"padding": -1}, ValueError, "padding must be at least 0"),
        ({"flip": "yes"}, TypeError, "flip must be True or False"),
        ({"position": 3}, TypeError, "position must be a pair"),
        ({"controls": "size"}, TypeError, "controls must be a list"),
        ({"controls": ["zoom"]}, ValueError, r"controls\[0\] must be one of"),
    ],
)
def test_wrong_settings_are_refused_by_name(settings, error, words) -> None:
    with pytest.raises(error, match=words) as caught:
        SlidingWindow(**settings)
    assert str(caught.value).startswith("SlidingWindow: ")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"mode": "reflect", "padding": 4}, "reflect pads an image of 4 × 4 by at most 3"),
        ({"mode": "circular", "input": [[1, 2]], "padding": 2}, "circular pads an image of 1 × 2"),
        ({"mode": "constant"}, "mode must be one of 'zeros'"),
        ({"padding": 5}, "more than 12 rows or columns"),
        ({"padding": 0, "kernel_size": 5}, "kernel_size 5 does not fit"),
    ],
)
def test_impossible_paddings_are_refused(settings, words) -> None:
    with pytest.raises(ValueError, match=words):
        PaddingModes(**settings)


def test_a_setting_is_checked_when_it_changes() -> None:
    figure = PaddingModes(mode="reflect")
    with pytest.raises(ValueError, match="at most 3"):
        figure.padding = 4
    assert figure.padding == 1
    with figure.hold_trait_notifications():
        figure.mode = "replicate"
        figure.padding = 4
    assert figure.padded().shape == (12, 12)


def test_package_names_its_figures() -> None:
    assert set(cnncourse.figures.__all__) <= set(dir(cnncourse.figures))
    with pytest.raises(AttributeError, match="no_such"):
        cnncourse.figures.no_such  # noqa: B018


@pytest.mark.browser
def test_a_broken_figure_leaves_its_reading(figure_page) -> None:
    page = figure_page(UNKNOWN, BROKEN, SlidingWindow())
    figures = page.locator("figure")
    assert figures.nth(0).inner_text().split() == ["The", "reading.", "The", "caption."]
    assert figures.nth(1).inner_text().split() == ["The", "reading.", "The", "caption."]
    assert figures.nth(1).locator(".cnn-live").count() == 0
    assert figures.nth(2).locator("[data-view=output]").count() == 1
    assert len(page.complaints) == 1
    assert "stays as text" in page.complaints.pop()


@pytest.mark.browser
@pytest.mark.parametrize("name", ["figures.css", "figures-large.css"])
def test_styles_touch_nothing_but_figures(figure_page, name) -> None:
    css = (ROOT / "cnncourse" / "figures" / "static" / name).read_text(encoding="utf-8")
    page = figure_page(SlidingWindow())
    assert unscoped_rules(page, css) == []
    assert unscoped_rules(page, css + ".cnn-cell { color: red }") == [".cnn-cell"]


@pytest.mark.browser
def test_figures_on_one_page_are_independent(figure_page) -> None:
    page = figure_page(SlidingWindow(), SlidingWindow())
    first, second = page.locator("figure").nth(0), page.locator("figure").nth(1)
    first.get_by_label("Convolution", exact=False).last.check()
    assert second.get_by_label("Cross-correlation").is_checked()
    ids = page.eval_on_selector_all("[id]", "all => all.map((element) => element.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.browser
def test_page_without_script_reads_completely(figure_page) -> None:
    page = figure_page(SlidingWindow(caption="A window slides."), scripts=False)
    text = page.locator("figure").inner_text()
    assert "1·(−1) + 2·0 + 0·1 + 0·(−2) + 1·0 + 3·2 + 2·(−1) + 0·0 + 1·1" in text
    assert "Run this cell" not in text
    assert page.get_by_role("table", name="Kernel 3 × 3").count() == 1


@pytest.mark.browser
def test_theme_follows_the_system_where_the_page_has_none(figure_page) -> None:
    colors = {}
    for scheme in ("light", "dark"):
        page = figure_page(SlidingWindow(), color_scheme=scheme)
        page.evaluate("document.documentElement.removeAttribute('data-theme')")
        colors[scheme] = cell(page, "input", 3, 3).evaluate(
            "cell => getComputedStyle(cell).backgroundColor"
        )
    assert colors["light"] == "rgb(255, 255, 255)"
    assert colors["dark"] == "rgb(24, 29, 38)"
