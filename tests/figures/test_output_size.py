"""Output sizes: every placement, what no window reads, and the formula; in Python and a browser."""

from __future__ import annotations

import re
import sys
from typing import Any

import numpy as np
import pytest
from browser import ROOT, axe
from figures.checks import (
    cell,
    copied_program,
    evaluate,
    grid,
    hovering,
    numbers_missing,
    overflow,
    run_program,
    small_targets,
    spoken,
)
from playwright.sync_api import Page, expect

from cnncourse.figures import OutputSize
from cnncourse.geometry import output_size

browser_test = pytest.mark.browser

LARGE = OutputSize(input=12, kernel=2, stride=1)
HOLES = OutputSize(input=8, padding=1, stride=3, dilation=2, position=[1, 0])
LETTERS = {"Input": "n", "Kernel": "k", "Padding": "p", "Stride": "s", "Dilation": "d"}


def lit(page: Page) -> dict[str, Any]:
    """Return everything that the cursor lights."""
    return page.evaluate(
        """() => {
            const cells = (name) => [...document.querySelectorAll(`td.is-${name}`)].map((cell) =>
                [cell.closest("[data-view]").dataset.view, cell.parentNode.sectionRowIndex,
                 cell.cellIndex - 1].join(" "));
            const bars = [...document.querySelectorAll(".cnn-bar")];
            return {
                window: cells("window"), user: cells("user"), cursor: cells("cursor"),
                lit: bars.map((bar) => bar.classList.contains("is-lit")).indexOf(true),
                bars: bars.map((bar) => bar.classList.contains("is-user")),
                frames: [...document.querySelectorAll(".cnn-frame:not(.is-off)")].map((frame) =>
                    [frame.getAttribute("class"), frame.style.transform].join(" ")),
                texts: [".is-split .cnn-band-title", ".cnn-lines", ".cnn-hint"].map((selector) =>
                    document.querySelector(selector).textContent),
            };
        }"""
    )


def taps(page: Page) -> list[list[int]]:
    """Return the columns of the drawing that each bar's taps cover, read off its path."""
    paths = page.locator(".cnn-bar path").evaluate_all("all => all.map((p) => p.getAttribute('d'))")
    return [[int(float(start)) for start in re.findall(r"M([\d.]+) ", path)] for path in paths]


def move(page: Page, label: str, value: int) -> None:
    """Move a slider, as a reader's hand would, and let go."""
    page.get_by_label(f"{label} {LETTERS[label]}", exact=True).evaluate(
        """(input, value) => {
            input.value = value;
            input.dispatchEvent(new Event("input", {bubbles: true}));
            input.dispatchEvent(new Event("change", {bubbles: true}));
        }""",
        value,
    )


def state(page: Page) -> dict[str, int]:
    """Return where the sliders stand, by the names of the Python settings."""
    return {
        label.lower(): int(page.get_by_label(f"{label} {letter}", exact=True).input_value())
        for label, letter in LETTERS.items()
    }


class TestPython:
    @pytest.mark.parametrize(
        ("settings", "error", "words"),
        [
            ({"input": 0}, ValueError, "input must be at least 1"),
            ({"input": 13}, ValueError, "input must be at most 12"),
            ({"input": 12, "padding": 1}, ValueError, "has 14 pixels; at most 12 are drawn"),
            ({"input": 2.5}, TypeError, "input must be an integer"),
            ({"kernel": 8}, ValueError, "kernel 8 at dilation 1 covers 8 pixels but input 7"),
            ({"kernel": 3, "dilation": 4}, ValueError, "covers 9 pixels"),
            ({"padding": 6}, ValueError, "padding must be at most 5"),
            ({"stride": 0}, ValueError, "stride must be at least 1"),
            ({"stride": 7}, ValueError, "stride must be at most 6"),
            ({"dilation": True}, TypeError, "dilation must be an integer"),
            ({"position": 3}, TypeError, "position must be a pair"),
        ],
    )
    def test_wrong_settings_are_refused_by_name(self, settings, error, words) -> None:
        with pytest.raises(error, match=words) as caught:
            OutputSize(**settings)
        assert str(caught.value).startswith("OutputSize: ")

    def test_the_geometry_agrees_with_torch_and_with_counting(self) -> None:
        import torch

        for padding in (0, 1, 2):
            for kernel in (1, 2, 3):
                for stride in (1, 2, 3, 5):
                    for dilation in (1, 2, 3):
                        figure = OutputSize(
                            input=7,
                            kernel=kernel,
                            padding=padding,
                            stride=stride,
                            dilation=dilation,
                        )
                        ones = torch.ones(1, 1, 7, 7, requires_grad=True)
                        weight = torch.ones(1, 1, kernel, kernel)
                        output = torch.nn.functional.conv2d(
                            ones, weight, stride=stride, padding=padding, dilation=dilation
                        )
                        assert figure.output().tolist() == output[0, 0].tolist()
                        # What changes no output has no gradient.
                        output.sum().backward()
                        (gone,) = np.nonzero(ones.grad[0, 0].sum(0).numpy() == 0)
                        assert [i for i in figure.unread() if 0 <= i < 7] == gone.tolist()
                        assert set(evaluate(figure.formula())[1:]) == {figure.size()}
                        for size in range(1, 20):
                            room = size + 2 * padding - dilation * (kernel - 1) - 1
                            same = (
                                room >= 0
                                and output_size(size, kernel, stride, padding, dilation)
                                == figure.size()
                            )
                            assert same == (size in figure.same_output())

    def test_golden_vectors_are_up_to_date(self) -> None:
        sys.path.insert(0, str(ROOT / "tests" / "js"))
        try:
            import golden_placements
        finally:
            sys.path.pop(0)
        assert golden_placements.FILE.read_text(encoding="utf-8") == golden_placements.text()


@browser_test
@pytest.mark.parametrize("figure", [OutputSize(), HOLES, LARGE], ids=["default", "holes", "large"])
def test_every_window_is_drawn_where_it_reads(figure_page, figure) -> None:
    page = figure_page(figure)
    assert taps(page) == [
        [index + figure.padding for index in window] for window in figure.windows()
    ]
    assert page.locator(".cnn-bar text").all_text_contents() == [
        str(window) for window in range(figure.size())
    ]
    # The columns of the ruler are the columns of the grid below it.
    unit = page.locator(".cnn-ruler").bounding_box()
    first, last = (
        cell(page, "input", 0, column).bounding_box()
        for column in (0, figure.input + 2 * figure.padding - 1)
    )
    assert unit["x"] == pytest.approx(first["x"], abs=0.5)
    assert unit["x"] + unit["width"] == pytest.approx(last["x"] + last["width"], abs=0.5)
    assert grid(page, "output") == figure.output().tolist()
    heads = page.locator("[data-view=input] thead th").all_inner_texts()
    assert heads[0] == (f"−{figure.padding}" if figure.padding else "0")


@browser_test
def test_unread_cells_are_hatched_and_named(figure_page) -> None:
    page = figure_page(OutputSize(input=8))
    hatched = page.locator("td.is-unread")
    assert hatched.count() == 15
    assert hatched.first.get_attribute("aria-label") == "1, never read"
    assert "linear-gradient" in hatched.first.evaluate("c => getComputedStyle(c).backgroundImage")
    assert page.locator(".cnn-sentence").all_inner_texts() == [
        "Remainder 1: the last pixel lies after the last window.",
        "Never read: index 7.",
        "Input sizes 7 and 8 both give 3.",
    ]
    assert page.locator(".cnn-rest").count() == 1
    cell(page, "input", 3, 7).hover()
    assert page.locator(".cnn-hint").inner_text() == "Place [3, 7] is read by 0 of 9 windows."
    assert lit(page)["user"] == []
    move(page, "Input", 7)
    assert page.locator("td.is-unread").count() == 0
    assert page.locator(".cnn-rest").count() == 0
    assert spoken(page).startswith("The output size is 3. Remainder 0")


@browser_test
@pytest.mark.parametrize(
    ("view", "row", "column"), [("output", 1, 2), ("input", 2, 4), ("input", 6, 0)]
)
def test_hover_tap_and_keyboard_are_one_cursor(figure_page, view, row, column) -> None:
    hovered = figure_page(OutputSize())
    at_rest = lit(hovered)
    cell(hovered, view, row, column).hover()
    tapped = figure_page(OutputSize(), has_touch=True)
    cell(tapped, view, row, column).tap()
    driven = figure_page(OutputSize())
    driven.locator(f"[data-view={view}] td[tabindex]").first.focus()
    for key in ["ArrowDown"] * row + ["ArrowRight"] * column:
        driven.keyboard.press(key)
    assert lit(hovered) == lit(tapped) == lit(driven) != at_rest
    hovered.mouse.move(1, 1)
    driven.keyboard.press("Escape")
    assert lit(hovered) == lit(driven) == at_rest


@browser_test
def test_output_window_and_bar_are_one(figure_page) -> None:
    page = figure_page(HOLES)
    cell(page, "output", 1, 1).hover()
    by_output = lit(page)
    assert by_output["lit"] == 1
    assert by_output["window"] == [
        f"input {row} {column}" for row in (3, 5, 7) for column in (3, 5, 7)
    ]
    # HOLES starts at row 1, so its second bar is the window of output [1, 1].
    page.locator(".cnn-bar").nth(1).hover()
    assert lit(page) == by_output
    page.locator(".cnn-bar").nth(1).click()
    assert spoken(page) == (
        "Output [1, 1] = 9. Rows: 1·3 − 1 = 2, reads 2, 4, 6. Columns: 1·3 − 1 = 2, reads 2, 4, 6."
    )
    # Column 2 is read by both windows of a row, row −1 by the first only.
    cell(page, "input", 0, 2).hover()
    assert lit(page)["user"] == ["output 0 0"]
    assert lit(page)["bars"] == [True, False]
    assert page.locator(".cnn-hint").inner_text() == "Place [−1, 1] is read by 1 of 4 windows."


@browser_test
@pytest.mark.parametrize("figure", [OutputSize(), HOLES, LARGE], ids=["default", "holes", "large"])
def test_formulas_parse_to_what_is_shown(figure_page, figure) -> None:
    page = figure_page(figure)
    size = figure.size()
    assert set(evaluate(page.locator(".cnn-floor").text_content())) == {size}
    assert page.locator(".cnn-floor").text_content() == figure.formula()
    assert page.locator(".cnn-letter").evaluate_all(
        "all => all.map((item) => item.dataset.letter + item.textContent).join(' ')"
    ) == (f"n{figure.input} p{figure.padding} d{figure.dilation} k{figure.kernel} s{figure.stride}")
    for row in range(0, size, 3):
        for column in range(size):
            cell(page, "output", row, column).hover()
            lines = page.locator(".cnn-lines dd").all_inner_texts()
            for line, index in zip(lines, (row, column), strict=True):
                start, reads = line.split(", reads ")
                window = figure.windows()[index]
                assert evaluate(start) == [window[0]] * 2
                assert [int(text.replace("−", "-")) for text in reads.split(", ")] == window


@browser_test
def test_no_control_reaches_an_illegal_state(figure_page) -> None:
    page = figure_page(OutputSize())
    rng = np.random.default_rng(0)
    seen = set()
    for step in range(90):
        label = list(LETTERS)[step % 5]
        slider = page.get_by_label(f"{label} {LETTERS[label]}", exact=True)
        low, high = slider.evaluate("input => [Number(input.min), Number(input.max)]")
        assert low <= high
        before = state(page)
        # The ends are where a mistake would be; one step beyond them, the browser clamps.
        move(page, label, [low - 1, high + 1, int(rng.integers(low, high + 1))][step % 3])
        now = state(page)
        # One slider moves one number: its ends leave the others where they are.
        assert {**now, label.lower(): 0} == {**before, label.lower(): 0}
        # Python refuses what is illegal.
        figure = OutputSize(**now)
        assert grid(page, "output") == figure.output().tolist()
        assert page.locator(".cnn-floor").text_content() == figure.formula()
        assert page.locator(".cnn-sentence").all_inner_texts() == figure.sentences()
        assert page.locator(".cnn-bar").count() == figure.size()
        assert page.locator("td[tabindex='0']").count() == 2
        places = figure.input + 2 * figure.padding
        read = places - len(figure.unread())
        assert page.locator("td.is-unread").count() == places**2 - read**2
        seen.add(tuple(now.values()))
    assert len(seen) > 30


@browser_test
@pytest.mark.parametrize("figure", [OutputSize(), HOLES, LARGE], ids=["default", "holes", "large"])
def test_copy_as_pytorch_gives_the_output_shown(figure_page, figure) -> None:
    page = figure_page(figure)
    output = run_program(copied_program(page))["output"]
    assert output.tolist() == grid(page, "output")
    assert output.shape[0] == int(page.locator(".cnn-formula-total").inner_text())


@browser_test
def test_player_steps_through_the_bars(figure_page) -> None:
    page = figure_page(OutputSize())
    page.clock.install()
    title = page.locator(".is-split .cnn-band-title")
    expect(title).to_have_text("Output [0, 0] = 9")
    page.clock.run_for(10_000)
    expect(title).to_have_text("Output [0, 0] = 9")
    page.get_by_role("button", name="Step forward").click()
    expect(title).to_have_text("Output [0, 1] = 9")
    assert lit(page)["lit"] == 1
    said = spoken(page)
    assert said.startswith("Output [0, 1] = 9. Rows: 0·2 − 0 = 0, reads 0, 1, 2.")
    page.get_by_role("button", name="Play").click()
    assert page.locator(".cnn-bar.is-pending").count() == 1
    page.clock.run_for(1000)
    page.clock.run_for(1000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(title).to_have_text("Output [0, 2] = 9")
    assert page.locator(".is-pending").count() == 0
    assert spoken(page) != said
    scrubber = page.get_by_label("Window", exact=True)
    scrubber.press("Home")
    assert scrubber.get_attribute("aria-valuetext") == "0 (0 to 2)"
    cell(page, "output", 2, 1).click()
    page.mouse.move(1, 1)
    page.keyboard.press("Escape")
    expect(title).to_have_text("Output [2, 1] = 9")
    page.get_by_role("button", name="Reset").click()
    expect(title).to_have_text("Output [0, 0] = 9")


@browser_test
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(figure_page, theme) -> None:
    page = figure_page(OutputSize(input=8, caption="Sizes."), HOLES, theme=theme)
    assert axe(page) == []
    first = page.locator("figure").first
    first.locator("[data-view=input] td[tabindex]").nth(20).hover()
    assert axe(page) == []
    first.locator("[data-view=output] td[tabindex]").nth(3).click()
    first.get_by_role("button", name="Play").click()
    assert axe(page) == []


@browser_test
def test_reduced_motion_and_forced_colors(figure_page) -> None:
    page = figure_page(OutputSize(input=8), reduced_motion="reduce", forced_colors="active")
    assert page.get_by_role("button", name="Play").count() == 0
    cell(page, "input", 0, 0).hover()
    style = page.evaluate(
        """() => {
            const style = (selector) => getComputedStyle(document.querySelector(selector));
            return {
                motion: style(".cnn-frame-window").transitionDuration,
                card: style("figure").backgroundColor,
                lines: [style(".cnn-frame-window").stroke, style(".cnn-bar rect").stroke,
                        style(".cnn-bar.is-lit path").fill, style(".cnn-bar text").fill],
                hatch: style("td.is-unread").backgroundImage,
                cursor: style("td.is-cursor").outlineStyle,
            };
        }"""
    )
    assert style["motion"] == "0s"
    assert style["card"] not in style["lines"]
    assert "gradient" in style["hatch"]
    assert style["cursor"] == "solid"


@browser_test
@pytest.mark.parametrize("figure", [OutputSize(), HOLES, LARGE], ids=["default", "holes", "large"])
def test_fits_a_phone(figure_page, figure) -> None:
    page = figure_page(figure, width=320, has_touch=True)
    assert overflow(page) == []
    assert small_targets(page) == []
    cell(page, "input", 1, 1).tap()
    assert overflow(page) == []
    # Bars, numbers of columns, and the window's frame stand where the columns are.
    here = cell(page, "input", 0, 0).bounding_box()
    for other in (
        page.locator(".cnn-ruler"),
        page.locator("[data-view=input] thead th").first,
        page.locator("[data-view=input] svg.cnn-overlay"),
    ):
        assert other.bounding_box()["x"] == pytest.approx(here["x"], abs=0.5)


@browser_test
def test_interactions_are_quick(figure_page, assert_quick) -> None:
    # The largest matrices, at the width of the book's column.
    page = figure_page(LARGE, width=660)
    assert_quick(
        page,
        follows={
            "cursor": hovering("[data-view=input] td[tabindex]", "48 + i"),
        },
        answers={
            "step": """(i) => {
                const input = document.querySelector(".cnn-player input");
                input.value = i % 11;
                input.dispatchEvent(new Event("input", {bubbles: true}));
            }""",
            "rebuild": """(i) => {
                const input = document.querySelectorAll(".cnn-controls input")[i % 4 < 2 ? 0 : 1];
                input.value = i % 4 < 2 ? 12 - i % 2 : 2 + i % 2;
                input.dispatchEvent(new Event("input", {bubbles: true}));
            }""",
        },
    )


@browser_test
@pytest.mark.parametrize("figure", [OutputSize(), HOLES, LARGE], ids=["default", "holes", "large"])
def test_reading_says_what_the_figure_shows(figure_page, figure) -> None:
    page = figure_page(figure)
    reading = figure.reading()
    assert numbers_missing(page, reading) == []
    assert page.locator(".cnn-floor").text_content() in reading
    for sentence in page.locator(".cnn-sentence").all_inner_texts():
        assert sentence in reading
    for line in page.locator(".cnn-lines dd").all_inner_texts():
        assert line.split("reads ")[1] in reading
    without = figure_page(figure, scripts=False)
    assert "Every window along one axis" in without.locator("figure").inner_text()


@browser_test
def test_widget_syncs_both_ways(widget_page) -> None:
    page = widget_page(OutputSize())
    page.evaluate("model.set('input', 8)")
    assert page.locator("td.is-unread").count() == 15
    move(page, "Stride", 1)
    assert page.evaluate("[model.get('stride'), model.saved]") == [1, 1]
    # A linked widget may ask for what cannot be; the figure draws what is possible.
    page.evaluate(
        "for (const key of ['input', 'kernel', 'padding', 'stride', 'dilation']) model.set(key, 99)"
    )
    assert state(page) == {"input": 12, "kernel": 12, "padding": 0, "stride": 6, "dilation": 1}
    assert grid(page, "output") == [[144]]
    page.evaluate("dispose()")
    assert page.evaluate("el.childElementCount") == 0
    assert page.evaluate("Object.values(listeners).every((set) => set.size === 0)")
