"""Pooling and a shift in a browser: fields, winners, differences, and PyTorch's own answer."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from browser import axe
from figures.checks import (
    EDITING,
    cell,
    clicking,
    copied_program,
    evaluate,
    grid,
    hovering,
    numbers_missing,
    overflow,
    run_program,
    sliding,
    small_targets,
    spoken,
)
from playwright.sync_api import Page, expect

from cnncourse.figures import PoolingShift
from js import golden_pooling

pytestmark = pytest.mark.browser

MODES = ("max", "average", "l2")
VIEWS = ("pooled-before", "pooled-after", "difference")
BUSY = [[(3 * i + 5 * j + i * j) % 10 for j in range(8)] for i in range(8)]
# As many outputs as there can be, each over the largest window for it.
LARGE = PoolingShift(input=BUSY, kernel_size=2, stride=1, shift=[1, 2])
RIGHT = PoolingShift(shift=[0, 1])


def lit(page: Page) -> dict[str, Any]:
    """Return everything that the cursor lights: cells by class, frames, formulas and sentences."""
    return page.evaluate(
        """() => {
            const marks = {};
            for (const name of ["window", "cursor", "user", "first", "winner"])
                marks[name] = [...document.querySelectorAll(`td.is-${name}`)].map((cell) =>
                    [cell.closest("[data-view]").dataset.view, cell.parentNode.rowIndex,
                     cell.cellIndex].join(" "));
            marks.terms = [...document.querySelectorAll(".cnn-part.is-cursor")].map((part) =>
                part.textContent);
            marks.frames = [...document.querySelectorAll(".cnn-frame:not(.is-off)")].map((frame) =>
                [frame.getAttribute("class"), frame.style.transform].join(" "));
            marks.texts = [".cnn-lines", ".cnn-band-title", ".cnn-hint"].map((selector) =>
                document.querySelector(selector).textContent);
            return marks;
        }"""
    )


def formulas(page: Page) -> list[str]:
    """Return what is written out: before, after and change."""
    return page.locator(".cnn-lines dd").all_inner_texts()


def shown(values: np.ndarray) -> list[list[float]]:
    """Round to the two decimals that a cell prints."""
    return (np.floor(100 * values + 0.5) / 100).tolist()


def count(page: Page) -> str:
    """Return how many outputs changed, as the figure says it."""
    return " ".join(page.locator(".cnn-shift-count").inner_text().split())


def verdict(page: Page) -> str:
    """Return what the figure makes of the change."""
    return page.locator(".cnn-shift-count + p").inner_text()


def press(page: Page, *words: str) -> None:
    """Press arrows."""
    for word in words:
        page.get_by_role("button", name=f"Shift {word}").click()


def test_golden_file_is_up_to_date() -> None:
    assert golden_pooling.FILE.read_text(encoding="utf-8") == golden_pooling.text(), (
        "tests/js/golden/pooling.json is stale: run python tests/js/golden_pooling.py"
    )


@pytest.mark.parametrize("mode", MODES)
def test_drawn_as_torch_pools(figure_page, mode) -> None:
    import torch
    from torch.nn import functional

    figure = PoolingShift(mode=mode, shift=[1, -2], caption="A pattern is moved.")
    page = figure_page(figure)
    moved = np.zeros((8, 8))
    moved[1:, :-2] = np.array(figure.input)[:-1, 2:]
    assert grid(page, "before") == figure.input
    assert grid(page, "after") == moved.tolist() == figure.field(after=True).tolist()
    fields = torch.tensor(np.stack([figure.input, moved]))
    pooled = {
        "max": functional.max_pool2d(fields, 2),
        "average": functional.avg_pool2d(fields, 2),
        "l2": functional.lp_pool2d(fields, 2, 2),
    }[mode].numpy()
    assert grid(page, "pooled-before") == shown(pooled[0])
    assert grid(page, "pooled-after") == shown(pooled[1])
    assert grid(page, "difference") == shown(pooled[1] - pooled[0])
    changed = np.count_nonzero(np.abs(pooled[1] - pooled[0]) > 1e-6)
    assert count(page) == f"{changed} of 16 outputs changed"
    assert page.locator("figcaption").inner_text() == "A pattern is moved."
    assert page.locator(".cnn-reading").count() == 0


def test_what_the_reader_should_find(figure_page) -> None:
    page = figure_page(PoolingShift())
    assert (count(page), verdict(page)) == ("0 of 16 outputs changed", "Nothing is shifted yet.")
    for words in [("right",), ("right", "down"), ("up", "left")]:
        press(page, *words)
        assert verdict(page) == "Not just moved: the values changed."
        assert count(page) != "0 of 16 outputs changed"
        page.get_by_role("button", name="Reset").click()
    press(page, "right", "right")
    assert verdict(page) == "The old outputs, moved 1 right."
    before, after = np.array(grid(page, "pooled-before")), np.array(grid(page, "pooled-after"))
    assert np.array_equal(after[:, 1:], before[:, :-1])
    press(page, "up", "up")
    assert verdict(page) == "The old outputs, moved 1 up and 1 right."
    # A global pool does not notice, as long as the pattern stays inside.
    page.get_by_role("button", name="Reset").click()
    page.get_by_label("Global").check()
    for mode in ("Max", "Average", "L2"):
        page.get_by_label(mode).check()
        press(page, "right")
        assert count(page) == "0 of 1 outputs changed"
        assert verdict(page) == "No output notices the shift."
        press(page, "left")
    press(page, "down", "down", "down")
    assert "Part of the pattern has left the field." in verdict(page)
    assert count(page) == "1 of 1 outputs changed"


def test_arrows_and_sliders_shift_alike_and_stop_at_the_end(figure_page) -> None:
    page = figure_page(PoolingShift())
    press(page, "left")
    assert page.get_by_label("Shift right", exact=True).last.input_value() == "-1"
    assert spoken(page).startswith("1 left: 5 of 16 outputs changed.")
    assert grid(page, "after")[2][:5] == [0, 5, 8, 9, 4]
    down = page.locator("input[type=range]").first
    down.focus()
    down.press("ArrowRight")
    assert down.get_attribute("aria-valuetext") == "1"
    assert page.get_by_role("grid", name="Shifted 1 down and 1 left").count() == 1
    assert grid(page, "after")[3][:5] == [0, 5, 8, 9, 4]
    down.press("End")
    assert down.input_value() == "7"
    press(page, "down")
    assert down.input_value() == "7"
    assert np.count_nonzero(grid(page, "after")) == 0


@pytest.mark.parametrize(
    ("view", "row", "column"),
    [("pooled-before", 1, 2), ("difference", 2, 1), ("before", 3, 3), ("after", 2, 4)],
)
def test_hover_tap_and_keyboard_are_one_cursor(figure_page, view, row, column) -> None:
    hovered = figure_page(RIGHT)
    at_rest = lit(hovered)
    cell(hovered, view, row, column).hover()
    tapped = figure_page(RIGHT, has_touch=True)
    cell(tapped, view, row, column).tap()
    driven = figure_page(RIGHT)
    driven.locator(f"[data-view={view}] td").first.focus()
    for key in ["ArrowDown"] * row + ["ArrowRight"] * column:
        driven.keyboard.press(key)
    assert lit(hovered) == lit(tapped) == lit(driven) != at_rest
    hovered.mouse.move(1, 1)
    driven.keyboard.press("Escape")
    assert lit(hovered) == lit(driven) == at_rest


def test_what_each_view_lights(figure_page) -> None:
    page = figure_page(RIGHT)
    cell(page, "difference", 2, 1).hover()
    window = [f"{view} {i} {j}" for view in ("before", "after") for i in (4, 5) for j in (2, 3)]
    assert lit(page)["window"] == window
    output = [frame for frame in lit(page)["frames"] if "cnn-frame-output" in frame]
    assert len(output) == 3
    assert all("translate(1px, 2px)" in frame for frame in output)
    assert formulas(page) == ["max(0, 6, 3, 9) = 9", "max(0, 0, 0, 3) = 3", "3 − 9 = −6"]
    # A value of the pattern: where it stands before and after, and who reads it there.
    cell(page, "before", 5, 3).hover()
    assert lit(page)["cursor"] == ["before 5 3", "after 5 4"]
    assert lit(page)["user"] == ["pooled-before 2 1", "pooled-after 2 2"]
    assert lit(page)["terms"] == ["9"]
    cell(page, "after", 5, 4).hover()
    assert lit(page)["cursor"] == ["before 5 3", "after 5 4"]
    assert formulas(page)[1] == "max(6, 3, 9, 1) = 9"


def test_winners_are_marked_and_ties_are_named(figure_page) -> None:
    page = figure_page(PoolingShift(input=[[1, 4, 0, 0], [4, 2, 0, 0], [7, 0, 3, 3], [0, 0, 3, 3]]))
    cell(page, "pooled-before", 0, 0).hover()
    # Every window with a largest value marks it; where all are equal, nothing stands out.
    winners = {f"{view} {at}" for view in ("before", "after") for at in ("0 1", "1 0", "2 0")}
    assert set(lit(page)["winner"]) == winners
    assert lit(page)["first"] == ["before 0 1", "after 0 1"]
    hint = page.locator(".cnn-hint").inner_text()
    assert hint.startswith(
        "Before the shift, 2 values tie; PyTorch takes the first of them, at row 0, column 1."
    )
    # In the window looked at, all that tie are marked.
    cell(page, "pooled-after", 1, 1).hover()
    ties = {f"before {i} {j}" for i in (2, 3) for j in (2, 3)}
    assert ties <= set(lit(page)["winner"])
    import torch

    x = torch.tensor([PoolingShift(input=BUSY).input], dtype=torch.float32)
    indices = torch.nn.functional.max_pool2d(x, 3, 2, return_indices=True)[1][0]
    busy = figure_page(PoolingShift(input=BUSY, kernel_size=3, stride=2))
    for row in range(3):
        for column in range(3):
            cell(busy, "pooled-before", row, column).hover()
            place = divmod(int(indices[row, column]), 8)
            assert lit(busy)["first"][0] == "before {} {}".format(*place)
    # Only a maximum has winners.
    page.get_by_label("Average").check()
    assert lit(page)["winner"] == lit(page)["first"] == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "settings",
    [
        {"shift": [0, 1]},
        {"input": (np.array(BUSY) - 5).tolist(), "kernel_size": 3, "stride": 2, "shift": [-1, 2]},
        {"kernel_size": 5, "stride": 3, "shift": [1, 1]},
        {"input": [[0.5, -2.25], [1.1, 0]], "global_pool": True, "shift": [0, 1]},
    ],
    ids=["default", "negatives", "5×5", "global"],
)
def test_formulas_parse_to_the_results_everywhere(figure_page, mode, settings) -> None:
    figure = PoolingShift(mode=mode, **settings)
    page = figure_page(figure)
    before, after = figure.pooled(), figure.pooled(after=True)
    for row, column in np.ndindex(before.shape):
        cell(page, "pooled-after", row, column).hover()
        results = (before[row, column], after[row, column])
        texts = formulas(page)
        for text, result in zip(texts[:2], results, strict=True):
            sides = evaluate(text)
            assert sides[0] == pytest.approx(result, abs=1e-9), text
            assert sides[1] == pytest.approx(result, abs=0.00501)
            assert ("≈" in text) == (abs(sides[1] - sides[0]) > 1e-6)
        assert evaluate(texts[2])[1] == pytest.approx(results[1] - results[0], abs=0.00501)
        # Two rounded numbers have a difference that may be one hundredth off: then "≈" says so.
        assert evaluate(texts[2])[0] == pytest.approx(results[1] - results[0], abs=0.01001)


def test_edit_pin_and_reset(figure_page) -> None:
    page = figure_page(RIGHT)
    cell(page, "before", 2, 2).click()
    page.keyboard.type("-7")
    page.keyboard.press("Enter")
    assert grid(page, "before")[2][2] == grid(page, "after")[2][3] == -7
    assert spoken(page).startswith("x[2, 2] is now −7: 4 of 16 outputs changed.")
    # The shifted field holds the same pattern: an edit there is an edit of the pattern.
    cell(page, "after", 3, 5).click()
    page.keyboard.type("50")
    page.keyboard.press("Enter")
    assert grid(page, "before")[3][4] == 50
    # A zero that came in is no part of it.
    cell(page, "after", 3, 0).click()
    page.keyboard.type("5")
    assert page.locator(".cnn-editor").count() == 0
    page.keyboard.press("Escape")
    cell(page, "pooled-after", 1, 3).click()
    assert spoken(page) == "Output row 1, column 3: 0 before, 4 after."
    page.mouse.move(1, 1)
    page.keyboard.press("Escape")
    expect(page.locator(".cnn-band-title")).to_have_text("Output at row 1, column 3")
    page.get_by_role("button", name="Reset").click()
    assert grid(page, "before") == RIGHT.input
    expect(page.locator(".cnn-band-title")).to_have_text("Output at row 1, column 1")


def test_no_control_reaches_an_illegal_state(figure_page) -> None:
    field = [[(i * j + 2 * i) % 7 for j in range(7)] for i in range(5)]
    page = figure_page(PoolingShift(input=field))
    names = ("Shift down", "Shift right", "Kernel size", "Stride")
    sliders = page.locator("input[type=range]")
    rng = np.random.default_rng(0)
    seen = set()
    for step in range(80):
        slider = sliders.nth(step % 4)
        low, high = slider.evaluate("input => [Number(input.min), Number(input.max)]")
        value = [low - 1, high + 1, int(rng.integers(low, high + 1))][step % 3]
        slider.evaluate(
            """(input, value) => {
                input.value = value;
                input.dispatchEvent(new Event("input", {bubbles: true}));
            }""",
            value,
        )
        if step % 11 == 0:
            page.get_by_label("Global").set_checked(bool(step % 2))
        mode = MODES[step % 3]
        page.locator(f"input[value={mode}]").check()
        settings = dict(
            zip(names, (int(sliders.nth(i).input_value()) for i in range(4)), strict=True)
        )
        figure = PoolingShift(
            input=field,
            kernel_size=settings["Kernel size"],
            stride=settings["Stride"],
            mode=mode,
            shift=[settings["Shift down"], settings["Shift right"]],
            global_pool=page.get_by_label("Global").is_checked(),
        )
        assert grid(page, "after") == figure.field(after=True).tolist()
        assert grid(page, "pooled-before") == shown(figure.pooled())
        assert grid(page, "pooled-after") == shown(figure.pooled(after=True))
        assert count(page) == f"{figure.changed()} of {figure.pooled().size} outputs changed"
        assert verdict(page) in figure.reading()
        assert sliders.nth(2).is_disabled() == figure.global_pool
        assert page.locator("td[tabindex='0']").count() == 5
        seen.add((*settings.values(), figure.global_pool, mode))
    assert len(seen) > 60


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("whole", [False, True], ids=["windows", "global"])
def test_copy_as_pytorch_gives_the_output_shown(figure_page, mode, whole) -> None:
    figure = PoolingShift(
        input=BUSY, mode=mode, kernel_size=3, stride=2, shift=[-1, 2], global_pool=whole
    )
    page = figure_page(figure)
    names = run_program(copied_program(page))
    assert names["shifted"].tolist() == grid(page, "after")
    for name, view in zip(("before", "after"), VIEWS, strict=False):
        np.testing.assert_allclose(names[name].numpy(), grid(page, view), atol=0.0051)
    change = (names["after"] - names["before"]).numpy()
    np.testing.assert_allclose(change, grid(page, "difference"), atol=0.0051)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(figure_page, theme) -> None:
    page = figure_page(
        PoolingShift(shift=[0, 1], caption="A pattern is moved."),
        PoolingShift(mode="l2", global_pool=True),
        theme=theme,
    )
    assert axe(page) == []
    first = page.locator("figure").first
    first.locator("[data-view=pooled-after] td").nth(6).hover()
    assert axe(page) == []
    first.locator("[data-view=before] td").nth(20).click()
    page.keyboard.type("5")
    assert axe(page) == []


def test_reduced_motion_and_forced_colors(figure_page) -> None:
    page = figure_page(RIGHT, reduced_motion="reduce", forced_colors="active")
    cell(page, "before", 2, 3).hover()
    style = page.evaluate(
        """() => {
            const style = (selector) => getComputedStyle(document.querySelector(selector));
            return {
                transition: style(".cnn-frame-window").transitionDuration,
                frame: style(".cnn-frame-window").stroke,
                lines: ["td.is-cursor", "td.is-user", "td.is-winner", ".cnn-part.is-cursor"].map(
                    (selector) => style(selector).outlineStyle),
                card: style("figure").backgroundColor,
            };
        }"""
    )
    assert style["transition"] == "0s"
    assert style["frame"] != style["card"]
    assert set(style["lines"]) == {"solid"}


@pytest.mark.parametrize("width", [320, 660])
@pytest.mark.parametrize(
    "figure",
    [RIGHT, LARGE, PoolingShift(kernel_size=1, stride=1, shift=[1, 1], mode="l2")],
    ids=["default", "large", "1×1"],
)
def test_fits_a_phone_and_the_column_of_the_book(figure_page, figure, width) -> None:
    page = figure_page(figure, width=width, has_touch=True)
    sticking_out = """() => {
        const box = document.querySelector("figure").getBoundingClientRect();
        return [...document.querySelectorAll("figure *")].filter((element) => {
            const own = element.getBoundingClientRect();
            return own.width > 1 && (own.left < box.left - 0.5 || own.right > box.right + 0.5);
        }).map((element) => element.outerHTML.slice(0, 100));
    }"""
    assert overflow(page) == []
    assert small_targets(page) == []
    assert page.evaluate(sticking_out) == []
    cell(page, "before", 1, 1).tap()
    page.get_by_label("Global").tap()
    assert overflow(page) == []
    assert page.evaluate(sticking_out) == []


def test_nothing_jumps_under_the_cursor_or_the_arrows(figure_page) -> None:
    page = figure_page(PoolingShift(), width=660)
    size = """[document.querySelector("figure").offsetHeight,
        document.querySelector(".cnn-band").offsetTop].join()"""
    sizes = {page.evaluate(size)}
    for word in ("right", "right", "down", "left", "down", "up", "up"):
        press(page, word)
        sizes.add(page.evaluate(size))
        for view, index in [("before", 19), ("after", 29), ("pooled-after", 5), ("difference", 9)]:
            page.locator(f"[data-view={view}] td").nth(index).hover()
            sizes.add(page.evaluate(size))
    assert len(sizes) == 1


def test_interactions_are_quick(figure_page, assert_quick) -> None:
    page = figure_page(LARGE, width=660)
    cell(page, "before", 3, 4).focus()
    assert_quick(
        page,
        follows={
            "cursor": hovering("[data-view=pooled-after] td"),
        },
        answers={
            "edit": EDITING,
            "shift": clicking(".cnn-arrows button", "i % 2 ? 1 : 2"),
            "rebuild": sliding(2, "i % 2 ? 2 : 3"),
        },
    )


@pytest.mark.parametrize(
    "figure",
    [
        PoolingShift(),
        RIGHT,
        PoolingShift(mode="average", shift=[2, 0], kernel_size=3, position=[2, 1]),
        PoolingShift(mode="l2", shift=[-1, 3]),
        PoolingShift(input=BUSY, global_pool=True, mode="average", shift=[1, 0]),
    ],
    ids=["default", "right", "average", "l2", "global"],
)
def test_reading_says_what_the_figure_shows(figure_page, figure) -> None:
    page = figure_page(figure)
    reading = figure.reading()
    assert numbers_missing(page, reading) == []
    assert f"{count(page)}. {verdict(page)}" in reading
    before, after, _ = formulas(page)
    assert f"before: {before}" in reading
    assert f"after: {after}" in reading
    if figure.mode == "max":
        cell(page, "difference", *figure.position).hover()
        assert page.locator(".cnn-hint").inner_text() in reading
    without = figure_page(figure, scripts=False)
    assert without.locator("figure .cnn-reading table").count() == 5


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"input": [[1, 2]]}, ValueError, "input must have at least 2 rows and columns"),
        ({"input": np.ones((9, 9))}, ValueError, "1 to 8 rows and columns"),
        ({"input": [[1, 2], [3]]}, TypeError, "input must be a matrix of numbers"),
        ({"input": np.ones((3, 5)), "kernel_size": 4}, ValueError, "kernel_size 4 does not fit"),
        ({"kernel_size": 0}, ValueError, "kernel_size must be at least 1"),
        ({"stride": 0}, ValueError, "stride must be at least 1"),
        ({"mode": "median"}, ValueError, "mode must be one of"),
        ({"shift": 1}, TypeError, r"shift must be a pair \[rows down, columns right\]"),
        ({"shift": [1, 0.5]}, TypeError, r"shift\[1\] must be an integer"),
        ({"shift": [8, 0]}, ValueError, "shift must move an input of 8 × 8 by less"),
        ({"global_pool": 1}, TypeError, "global_pool must be True or False"),
        ({"kernel": 2}, TypeError, "no setting 'kernel'"),
    ],
)
def test_wrong_settings_are_refused_by_name(settings, error, words) -> None:
    with pytest.raises(error, match=words) as caught:
        PoolingShift(**settings)
    assert str(caught.value).startswith("PoolingShift: ")


def test_specs_the_page_cannot_trust_are_drawn_legally(figure_page) -> None:
    figure = PoolingShift().html()
    for old, new in [
        ('"kernel_size":2', '"kernel_size":99'),
        ('"stride":2', '"stride":0'),
        ('"mode":"max"', '"mode":"median"'),
        ('"shift":[0,0]', '"shift":[99,-99]'),
        ('"position":[1,1]', '"position":[50,-3]'),
    ]:
        assert old in figure
        page = figure_page(figure.replace(old, new))
        page.wait_for_selector("figure[data-live]")
        for text in formulas(page):
            evaluate(text)
        run_program(copied_program(page))


def test_widget_syncs_both_ways(widget_page) -> None:
    page = widget_page(PoolingShift())
    page.evaluate("model.set('shift', [0, 1])")
    assert count(page) == "4 of 16 outputs changed"
    press(page, "right")
    assert page.evaluate("[model.get('shift'), model.saved]") == [[0, 2], 1]
    page.get_by_label("L2").check()
    assert page.evaluate("model.get('mode')") == "l2"
    # A linked widget may shift farther than the field is wide.
    page.evaluate("model.set('shift', [0, 20])")
    assert re.fullmatch(r"\d+ of 16 outputs changed", count(page))
    page.evaluate("dispose()")
    assert page.evaluate("el.childElementCount") == 0
    assert page.evaluate("Object.values(listeners).every((set) => set.size === 0)")
