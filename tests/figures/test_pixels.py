"""Pixels: painted, typed, pointed at, shuffled; in Python and in a browser."""

from __future__ import annotations

import re
import sys
from typing import Any

import numpy as np
import pytest
from browser import ROOT, axe
from figures.checks import (
    cell,
    clicking,
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
from playwright.sync_api import Page

from cnncourse.figures import Pixels
from cnncourse.figures.pixels import CHANNELS, shuffle_order, steps

browser_test = pytest.mark.browser

COLOR = Pixels(
    image=[
        [[9 * i + 30 * j for j in range(4)] for i in range(3)],
        [[80 * i for _ in range(4)] for i in range(3)],
        [[255 - 60 * j for j in range(4)] for i in range(3)],
    ],
    maximum=255,
    channel=1,
    position=[1, 2],
)
LARGE = Pixels(image=np.arange(432).reshape(3, 12, 12) % 256, maximum=255)


def lit(page: Page) -> dict[str, Any]:
    """Return everything that the cursor lights. The value is left out: a tap paints."""
    return page.evaluate(
        """() => ({
            marks: [...document.querySelectorAll("td.is-cursor")].map((cell) =>
                [cell.closest("[data-view]").dataset.view, cell.parentNode.rowIndex,
                 cell.cellIndex].join(" ")),
            frames: [...document.querySelectorAll(".cnn-frame:not(.is-off)")].map((frame) =>
                [frame.getAttribute("class"), frame.style.transform].join(" ")),
            marker: document.querySelector(".cnn-marker").style.left,
            offset: document.querySelector(".cnn-memory-range input").value,
            texts: [".cnn-band-title", ".cnn-lines dd", ".cnn-hint"].map((selector) =>
                document.querySelector(selector).textContent),
        })"""
    )


def memory(page: Page) -> list[list[int]]:
    """Return the colors of the row in memory."""
    background = page.locator(".cnn-memory-bar").evaluate(
        "bar => getComputedStyle(bar).backgroundImage"
    )
    stops = re.findall(r"rgb\((\d+), (\d+), (\d+)\) 0(?:px|%), rgb\(\1, \2, \3\)", background)
    return [[int(level) for level in stop] for stop in stops]


def colors(page: Page) -> np.ndarray:
    """Return the colors of the picture's cells, shape (H, W, 3)."""
    rows = page.eval_on_selector_all(
        "[data-view=picture] tbody tr",
        """rows => rows.map(r => [...r.querySelectorAll("td")].map(c =>
            getComputedStyle(c).backgroundColor.match(/\\d+/g).map(Number)))""",
    )
    return np.array(rows)


def middle(page: Page, row: int, column: int) -> tuple[float, float]:
    """Return where the middle of a pixel of the picture is on the page."""
    box = cell(page, "picture", row, column).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def facts(figure: Pixels) -> str:
    """Return what a shuffle leaves as it is, and what it changes, in the figure's words."""
    shown = figure.shown()
    return (
        f"{shown.size} values: their sum is {shown.sum()}. "
        f"The steps between neighboring pixels add up to {steps(shown)}."
    )


def drag(page: Page, *places: tuple[int, int]) -> None:
    """Paint with the mouse from place to place, in one move each."""
    page.mouse.move(*middle(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*middle(page, *place))
    page.mouse.up()


class TestPython:
    @pytest.mark.parametrize(
        ("settings", "error", "words"),
        [
            ({"image": [[1, 2], [3]]}, TypeError, "image must be an array of whole numbers"),
            ({"image": [[True]]}, TypeError, "image must be an array of whole numbers"),
            ({"image": [["a"]]}, TypeError, "image must be an array of whole numbers"),
            ({"image": [[0.5]]}, ValueError, "whole numbers from 0 to 255"),
            ({"image": [[-1]]}, ValueError, "whole numbers from 0 to 255"),
            ({"image": [[float("nan")]]}, ValueError, "whole numbers from 0 to 255"),
            ({"image": []}, ValueError, r"shape \(H, W\) for gray"),
            ({"image": np.zeros((13, 2))}, ValueError, "1 to 12 rows and columns"),
            (
                {"image": np.zeros((2, 4, 4))},
                ValueError,
                r"\(3, H, W\) for color, got \(2, 4, 4\)$",
            ),
            ({"image": np.zeros((8, 8, 3))}, ValueError, "moveaxis"),
            ({"image": [[17]]}, ValueError, "image holds 17, but maximum is 16"),
            ({"brush": 17}, ValueError, "brush holds 17, but maximum is 16"),
            ({"brush": -1}, ValueError, "brush must be at least 0"),
            ({"channel": 1}, ValueError, "a gray image has no channel 1"),
            ({"maximum": 0}, ValueError, "maximum must be at least 1"),
            ({"maximum": 256}, ValueError, "maximum must be at most 255"),
            ({"shuffled": 1}, TypeError, "shuffled must be True or False"),
            ({"position": [1]}, TypeError, "position must be a pair"),
        ],
    )
    def test_wrong_settings_are_refused_by_name(self, settings, error, words) -> None:
        with pytest.raises(error, match=words) as caught:
            Pixels(**settings)
        assert str(caught.value).startswith("Pixels: ")

    def test_scikit_learns_digits_are_taken_as_they_are(self) -> None:
        floats = np.arange(64.0).reshape(8, 8) % 17
        assert Pixels(image=floats).image == floats.astype(int).tolist()

    @pytest.mark.parametrize("count", [1, 2, 9, 64, 144])
    def test_the_shuffle_keeps_every_pixel(self, count) -> None:
        assert sorted(shuffle_order(count)) == list(range(count))
        assert count == 1 or shuffle_order(count) != list(range(count))

    def test_a_shuffle_moves_all_channels_alike_and_keeps_every_value(self) -> None:
        shuffled = Pixels(**{**COLOR.spec(), "shuffled": True})
        order = shuffle_order(12)
        for plane, other in zip(COLOR.shown(), shuffled.shown(), strict=True):
            assert other.ravel().tolist() == plane.ravel()[order].tolist()
        # What a picture is made of, and what it is: the default is smooth, its shuffle is not.
        seven = Pixels().shown()
        mixed = Pixels(shuffled=True).shown()
        assert sorted(seven.ravel()) == sorted(mixed.ravel())
        assert steps(mixed) > 1.5 * steps(seven)

    def test_golden_vectors_are_up_to_date(self) -> None:
        sys.path.insert(0, str(ROOT / "tests" / "js"))
        try:
            import golden_pixels
        finally:
            sys.path.pop(0)
        assert golden_pixels.FILE.read_text(encoding="utf-8") == golden_pixels.text()


@browser_test
@pytest.mark.parametrize("figure", [Pixels(), Pixels(shuffled=True), COLOR], ids=str)
def test_picture_numbers_and_memory_show_the_same(figure_page, figure) -> None:
    page = figure_page(figure)
    shown = figure.shown()
    planes = shown if shown.ndim == 3 else np.stack([shown] * 3)
    levels = np.floor(255 * planes / figure.maximum + 0.5).astype(int)
    assert grid(page, "numbers") == (shown[1] if shown.ndim == 3 else shown).tolist()
    assert colors(page).tolist() == np.moveaxis(levels, 0, -1).tolist()
    if shown.ndim == 2:
        assert memory(page) == [[value] * 3 for value in levels[0].ravel().tolist()]
        assert cell(page, "picture", 1, 1).get_attribute("aria-label") == str(shown[1, 1])
    else:
        expected = [[0, 0, 0] for _ in range(shown.size)]
        for offset, value in enumerate(levels.ravel().tolist()):
            expected[offset][offset // 12] = value
        assert memory(page) == expected
        label = ", ".join(f"{c} {v}" for c, v in zip(CHANNELS, shown[:, 1, 1], strict=True))
        assert cell(page, "picture", 1, 1).get_attribute("aria-label") == label


@browser_test
@pytest.mark.parametrize(("view", "row", "column"), [("picture", 3, 2), ("numbers", 7, 5)])
def test_hover_tap_and_keyboard_are_one_cursor(figure_page, view, row, column) -> None:
    hovered = figure_page(Pixels())
    at_rest = lit(hovered)
    cell(hovered, view, row, column).hover()
    tapped = figure_page(Pixels(), has_touch=True)
    cell(tapped, view, row, column).tap()
    driven = figure_page(Pixels())
    driven.locator(f"[data-view={view}] td[tabindex]").first.focus()
    for key in ["ArrowDown"] * row + ["ArrowRight"] * column:
        driven.keyboard.press(key)
    assert lit(hovered) == lit(tapped) == lit(driven) != at_rest
    assert lit(hovered)["marks"] == [f"numbers {row + 1} {column + 1}"]
    assert lit(hovered)["offset"] == str(8 * row + column)
    hovered.mouse.move(1, 1)
    driven.keyboard.press("Escape")
    assert lit(hovered) == lit(driven) == at_rest


@browser_test
def test_memory_is_the_same_cursor(figure_page) -> None:
    page = figure_page(Pixels())
    cell(page, "numbers", 4, 6).hover()
    expected = lit(page)
    strip = page.locator(".cnn-memory").bounding_box()
    page.mouse.move(strip["x"] + strip["width"] * 38.5 / 64, strip["y"] + 10)
    assert lit(page) == expected
    page.mouse.click(strip["x"] + strip["width"] * 38.5 / 64, strip["y"] + 10)
    assert spoken(page) == "x[4, 6] is 0, offset 38."
    page.mouse.move(1, 1)
    assert lit(page) == expected
    slider = page.get_by_label("Offset in memory")
    slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "39: x[4, 7]"
    slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "40: x[5, 0]"
    assert lit(page)["marks"] == ["numbers 6 1"]
    slider.press("End")
    assert lit(page)["marks"] == ["numbers 8 8"]


@browser_test
def test_memory_of_a_color_picture_goes_through_its_channels(figure_page) -> None:
    page = figure_page(COLOR)
    strip = page.locator(".cnn-memory").bounding_box()
    page.mouse.move(strip["x"] + strip["width"] * (24 + 5.5) / 36, strip["y"] + 10)
    # Blue is not the channel shown: the picture lights, the numbers of green do not.
    assert lit(page)["texts"][0] == "x[2, 1, 1]"
    assert lit(page)["marks"] == []
    slider = page.get_by_label("Offset in memory")
    slider.press("End")
    assert page.get_by_role("radio", name="blue").is_checked()
    assert grid(page, "numbers") == COLOR.image[2]
    assert lit(page)["marks"] == ["numbers 3 4"]
    page.get_by_role("radio", name="red").check()
    assert grid(page, "numbers") == COLOR.image[0]
    assert spoken(page) == "x[0, 2, 3] is 108, offset 11."


@browser_test
@pytest.mark.parametrize("figure", [Pixels(), COLOR], ids=["gray", "color"])
def test_offset_parses_to_the_place_in_memory_everywhere(figure_page, figure) -> None:
    page = figure_page(figure)
    flat = np.array(figure.image).ravel()
    numbers = grid(page, "numbers")
    for row in range(0, len(numbers), 2):
        for column in range(len(numbers[0])):
            cell(page, "picture", row, column).hover()
            offset, value = page.locator(".cnn-lines dd").all_inner_texts()
            rule, chain = offset.split(" = ", 1)
            sides = evaluate(chain)
            index = (figure.channel, row, column)[3 - np.ndim(figure.image) :]
            assert sides == [np.ravel_multi_index(index, np.shape(figure.image))] * 2
            assert rule == ("i·W + j" if len(index) == 2 else "c·H·W + i·W + j")
            place, shown = re.fullmatch(r"x\.flatten\(\)\[(\d+)\] = (\d+)", value).groups()
            assert int(place) == sides[0]
            assert int(shown) == flat[sides[0]] == numbers[row][column]


@browser_test
def test_painting_by_pointer(figure_page) -> None:
    page = figure_page(Pixels(brush=9))
    cell(page, "picture", 0, 0).click()
    assert grid(page, "numbers")[0][0] == 9
    assert spoken(page) == "x[0, 0] is 9, offset 0."
    # The same press again takes the paint away.
    cell(page, "picture", 0, 0).click()
    assert grid(page, "numbers")[0][0] == 0
    # One quick stroke over many pixels has no holes; leaving the picture ends no stroke.
    drag(page, (0, 0), (7, 7))
    assert np.diag(grid(page, "numbers")).tolist() == [9] * 8
    assert spoken(page) == "x[7, 7] is 9, offset 63."
    before = np.array(grid(page, "numbers"))
    page.mouse.move(*middle(page, 6, 0))
    assert (np.array(grid(page, "numbers")) == before).all()
    slider = page.get_by_label("Brush", exact=False).first
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext") == "0"
    drag(page, (1, 0), (1, 7))
    assert grid(page, "numbers")[1] == [0] * 8
    page.get_by_role("button", name="Clear").click()
    assert np.max(grid(page, "numbers")) == 0
    page.get_by_role("button", name="Reset").click()
    assert grid(page, "numbers") == Pixels().image


@browser_test
def test_painting_needs_no_pointer(figure_page) -> None:
    page = figure_page(Pixels())
    page.locator("[data-view=picture] td[tabindex='0']").focus()
    for key in ("ArrowDown", "Enter", "ArrowRight", "ArrowRight", " "):
        page.keyboard.press(key)
    assert grid(page, "numbers")[1][:4] == [16, 9, 0, 16]  # a 16 painted over is erased
    assert spoken(page) == "x[1, 2] is 0, offset 10."
    # After a stroke by mouse that ends on another pixel, the first key paints, too.
    drag(page, (7, 0), (7, 1))
    page.locator("[data-view=picture] td[tabindex='0']").press("Enter")
    assert spoken(page) == "x[7, 0] is 0, offset 56."


@browser_test
def test_a_finger_paints_without_scrolling(figure_page) -> None:
    page = figure_page(Pixels(), has_touch=True, width=360, height=600)
    page.evaluate("document.querySelector('[data-view=picture]').scrollIntoView()")
    session = page.context.new_cdp_session(page)
    places = [middle(page, row, 0) for row in (0, 3, 7)]
    top = page.evaluate("scrollY")
    for kind, points in [
        ("touchStart", places[:1]),
        ("touchMove", places[1:2]),
        ("touchMove", places[2:]),
        ("touchEnd", []),
    ]:
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )
    assert [line[0] for line in grid(page, "numbers")] == [16] * 8
    assert page.evaluate("scrollY") == top


@browser_test
def test_typed_numbers_stay_between_black_and_white(figure_page) -> None:
    page = figure_page(Pixels())
    for typed, kept in [("99", 16), ("-3", 0), ("2.6", 3), ("16", 16)]:
        cell(page, "numbers", 0, 1).click()
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        assert grid(page, "numbers")[0][1] == kept
        assert colors(page)[0, 1].tolist() == [int(255 * kept / 16 + 0.5)] * 3
    assert spoken(page) == "x[0, 1] is 16, offset 1."


@browser_test
def test_shuffle_changes_the_picture_and_no_value(figure_page) -> None:
    page = figure_page(Pixels())
    assert page.locator(".cnn-facts").inner_text() == facts(Pixels())
    page.get_by_label("Shuffled").check()
    mixed = Pixels(shuffled=True)
    assert grid(page, "numbers") == mixed.shown().tolist()
    assert spoken(page) == facts(mixed) == page.locator(".cnn-facts").inner_text()
    # Every shuffled pixel says where it comes from; painting it paints there.
    cell(page, "numbers", 3, 3).hover()
    row, column = divmod(shuffle_order(64)[27], 8)
    assert f"stands at x[{row}, {column}]" in page.locator(".cnn-hint").inner_text()
    cell(page, "numbers", 3, 3).click()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    assert grid(page, "numbers")[3][3] == 5
    page.get_by_label("As painted").check()
    expected = np.array(Pixels().image)
    expected[row, column] = 5
    assert grid(page, "numbers") == expected.tolist()


@browser_test
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("figure", [Pixels(), COLOR], ids=["gray", "color"])
def test_copy_as_pytorch_gives_the_value_shown(figure_page, figure, shuffled) -> None:
    figure = Pixels(**{**figure.spec(), "shuffled": shuffled})
    page = figure_page(figure)
    names = run_program(copied_program(page))
    assert names["x"].tolist() == figure.shown().tolist()
    assert names["offset"] == int(page.get_by_label("Offset in memory").input_value())
    assert page.locator(".cnn-lines dd").last.inner_text().endswith(f" = {names['value']}")


@browser_test
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(figure_page, theme) -> None:
    page = figure_page(Pixels(caption="Pixels."), COLOR, theme=theme)
    assert axe(page) == []
    first = page.locator("figure").first
    first.locator("[data-view=picture] td[tabindex]").nth(20).hover()
    assert axe(page) == []
    first.get_by_label("Shuffled").check()
    first.locator("[data-view=numbers] td[tabindex]").nth(3).click()
    page.keyboard.type("5")
    assert axe(page) == []


@browser_test
def test_forced_colors_keep_the_picture(figure_page) -> None:
    page = figure_page(Pixels(), forced_colors="active", reduced_motion="reduce")
    assert colors(page)[1, 2].tolist() == [255, 255, 255]
    assert colors(page)[0, 0].tolist() == [0, 0, 0]
    style = page.evaluate(
        """() => {
            const style = (selector) => getComputedStyle(document.querySelector(selector));
            return [style(".cnn-frame-window").stroke, style("td.is-cursor").outlineStyle,
                    style("figure").backgroundColor, style(".cnn-frame-window").transitionDuration];
        }"""
    )
    assert style[0] != style[2]
    assert style[1] == "solid"
    assert style[3] == "0s"


@browser_test
@pytest.mark.parametrize("figure", [Pixels(), COLOR, LARGE], ids=["gray", "color", "large"])
def test_fits_a_phone(figure_page, figure) -> None:
    page = figure_page(figure, width=320, has_touch=True)
    assert overflow(page) == []
    assert small_targets(page) == []
    cell(page, "picture", 2, 3).tap()
    assert overflow(page) == []
    # The numbers of rows and columns stand where their rows and columns are.
    for column in (0, 3):
        head = page.locator("[data-view=numbers] thead th").nth(column).bounding_box()
        assert head["x"] == pytest.approx(cell(page, "numbers", 0, column).bounding_box()["x"])
    frame = page.locator("[data-view=numbers] .cnn-frame-window").bounding_box()
    here = cell(page, "numbers", 2, 3).bounding_box()
    assert frame["x"] + frame["width"] / 2 == pytest.approx(here["x"] + here["width"] / 2, abs=1)


@browser_test
def test_interactions_are_quick(figure_page, assert_quick) -> None:
    # Three channels of 12 × 12, at the width of the book's column.
    page = figure_page(LARGE, width=660)
    page.evaluate(
        "window.box = document.querySelector('[data-view=picture] svg').getBoundingClientRect()"
    )
    assert_quick(
        page,
        follows={
            "cursor": hovering("[data-view=numbers] td[tabindex]", "48 + i"),
        },
        answers={
            "paint": """(i) => {
                const cell = document.querySelectorAll("[data-view=picture] td[tabindex]")[40 + i];
                const at = {bubbles: true, clientX: box.left + (i % 12 + 0.5) * box.width / 12,
                            clientY: box.top + box.height / 2};
                cell.dispatchEvent(new PointerEvent("pointerdown", at));
                cell.dispatchEvent(new PointerEvent("pointerup", at));
            }""",
            "rebuild": clicking("input[value=shuffled], input[value=kept]", "i % 2 ? 0 : 1"),
        },
    )


@browser_test
@pytest.mark.parametrize("figure", [Pixels(), Pixels(shuffled=True), COLOR], ids=str)
def test_reading_says_what_the_figure_shows(figure_page, figure) -> None:
    page = figure_page(figure)
    reading = figure.reading()
    assert numbers_missing(page, reading) == []
    for text in page.locator(".cnn-lines dd").all_inner_texts():
        assert text in reading
    for number in re.findall(r"\d+", page.locator(".cnn-facts").inner_text()):
        assert number in reading
    for start in page.locator(".cnn-memory-lines span").all_inner_texts():
        assert re.search(rf"(at|begins at) {start.split()[0]}\b", reading)
    without = figure_page(figure, scripts=False)
    assert "Its offset in memory is" in without.locator("figure").inner_text()


@browser_test
def test_widget_syncs_both_ways(widget_page) -> None:
    page = widget_page(Pixels())
    page.evaluate("model.set('shuffled', true)")
    assert grid(page, "numbers") == Pixels(shuffled=True).shown().tolist()
    page.evaluate("model.set('shuffled', false)")
    cell(page, "picture", 0, 0).click()
    assert page.evaluate("model.get('image')[0][0]") == 16
    assert page.evaluate("model.saved") > 0
    page.mouse.move(1, 1)
    page.keyboard.press("Escape")
    # A linked widget may ask for what cannot be; the figure draws what is possible.
    page.evaluate(
        "model.set('brush', 999); model.set('channel', 2); model.set('position', [99, -4])"
    )
    assert page.locator(".cnn-band-title").inner_text() == "x[7, 0]"
    assert page.get_by_label("Brush", exact=False).first.input_value() == "16"
    page.evaluate("dispose()")
    assert page.evaluate("el.childElementCount") == 0
    assert page.evaluate("Object.values(listeners).every((set) => set.size === 0)")
