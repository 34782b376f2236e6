"""Transposed convolution in a browser: stamps, zeros, phases, checkerboards, and PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from browser import axe
from figures.checks import (
    EDITING,
    cell,
    clicking,
    copied_program,
    evaluate,
    grid,
    hovering,
    number,
    numbers_missing,
    overflow,
    run_program,
    sliding,
    small_targets,
    spoken,
)
from playwright.sync_api import Page, expect

from cnncourse.figures import Stamp, stamp
from js import golden_stamp as golden

HALF = [[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]
INPUT = [[1, -2, 0], [4, 3, 1]]
KERNEL = [[1, 2, 0, -1], [3, 1, 1, 2], [0, 1, -1, 1]]
FIGURES = {
    "plain": Stamp(),
    "partial": Stamp(input=INPUT, kernel=KERNEL, stamped=4, position=[2, 3]),
    "padded": Stamp(input=INPUT, kernel=KERNEL, padding=1, output_padding=1, position=[3, 4]),
    "zeros": Stamp(input=INPUT, kernel=KERNEL, view="zeros", position=[2, 3]),
    "apart": Stamp(input=INPUT, kernel=[[1, 2], [3, -1]], stride=3, output_padding=2),
    "row": Stamp(input=[[1, 2, 1, 3]], kernel=[[0.5, 1, 0.5]], position=[0, 4]),
    "one": Stamp(kernel=[[2]], stride=1),
}
LARGE = Stamp(input=np.arange(16).reshape(4, 4) % 5, kernel=HALF, padding=0, view="zeros")


def test_golden_numbers_are_up_to_date() -> None:
    assert golden.FILE.read_text(encoding="utf-8") == golden.text(), (
        "stale: run python tests/js/golden_stamp.py"
    )


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"input": np.ones((7, 3))}, ValueError, "input must be a matrix of 1 to 6 rows"),
        ({"kernel": np.ones((6, 1))}, ValueError, "kernel must be a matrix of 1 to 5 rows"),
        ({"padding": 3}, ValueError, "padding must be smaller than the kernel, which is 3 × 3"),
        ({"output_padding": 2}, ValueError, "output_padding must be smaller than the stride 2"),
        (
            {"input": [[1, 2]], "kernel": np.ones((2, 3)), "padding": 1, "stride": 1},
            ValueError,
            "removes all that an input of 1 × 2 writes",
        ),
        ({"input": np.ones((5, 5))}, ValueError, "would have 13 rows or columns; at most 12"),
        ({"stride": 5}, ValueError, "stride must be at most 4"),
        ({"view": "window"}, ValueError, "view must be one of 'stamps'"),
        ({"stamped": -1}, ValueError, "stamped must be at least 0"),
        ({"controls": ["flip"]}, ValueError, r"controls\[0\] must be one of 'view'"),
    ],
)
def test_wrong_settings_are_refused_by_name(settings, error, words) -> None:
    with pytest.raises(error, match=words) as caught:
        Stamp(**settings)
    assert str(caught.value).startswith("Stamp: ")


def windowed(stuffed: np.ndarray, turned: np.ndarray) -> np.ndarray:
    """Slide a kernel by one over a matrix."""
    views = np.lib.stride_tricks.sliding_window_view(stuffed, turned.shape)
    return np.einsum("ijab,ab->ij", views, turned)


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_stamps_window_and_torch_agree(figure) -> None:
    x = np.array(figure.input, dtype=float)
    if figure.stamped is not None:
        x.ravel()[figure.stamped :] = 0
    steps, cut, extra = figure._geometry()
    expected = torch.nn.functional.conv_transpose2d(
        torch.tensor(x)[None, None],
        torch.tensor(np.array(figure.kernel, dtype=float))[None, None],
        stride=steps,
        padding=cut,
        output_padding=extra,
    )
    np.testing.assert_allclose(figure.output(), expected[0, 0])
    kernel = np.array(figure.kernel)
    np.testing.assert_allclose(windowed(figure.stuffed(), kernel[::-1, ::-1]), figure.output())


@pytest.mark.parametrize(
    ("taps", "inside", "clean"),
    [
        ([1, 1, 1], [1, 2], False),
        ([0.5, 1, 0.5], [1, 2], True),
        ([1, 1, 1, 1], [2], True),
        ([1, 3, 3, 1], [2], True),
        ([1, 2, 3, 1], [2], False),
        ([1, 1], [1], True),
    ],
)
def test_phases_decide_over_checkerboards_and_counts_do_not(taps, inside, clean) -> None:
    figure = Stamp(input=[[1, 1, 1, 1]], kernel=[taps], padding=1, output_padding=0)
    middle = figure.output()[0, 2:-2]
    assert (len(set(middle.tolist())) == 1) is clean
    assert sorted(set(figure.counts()[0, 2:-2].tolist())) == inside
    assert figure.verdict().endswith("constant." if clean else "checkerboard.")
    assert ("yet" in figure.verdict()) == ((len(inside) == 1) != clean)
    # Enlarging first is clean with any kernel.
    assert len(set(figure.resized().ravel().tolist())) == 1


browser = pytest.mark.browser


def lit(page: Page) -> dict[str, Any]:
    """Return everything that the cursor lights."""
    return page.evaluate(
        """() => {
            const at = (cell) => [cell.closest("[data-view]").dataset.view,
                cell.parentNode.rowIndex, cell.cellIndex].join(" ");
            const marks = {};
            for (const name of ["window", "cursor", "user"])
                marks[name] = [...document.querySelectorAll(`td.is-${name}`)].map(at);
            marks.frames = [...document.querySelectorAll(".cnn-frame:not(.is-off)")].map((frame) =>
                [frame.closest("[data-view]").dataset.view, frame.style.transform,
                 frame.getAttribute("width"), frame.getAttribute("height")].join(" ")).sort();
            marks.notes = [...document.querySelectorAll(".cnn-corner")].map((note) =>
                `${at(note.closest("td"))} ${note.textContent}`);
            marks.terms = [...document.querySelectorAll(".cnn-term")].map((term) =>
                term.classList.contains("is-cursor"));
            marks.texts = [".cnn-formula", ".cnn-band-title", ".cnn-hint"].map((selector) =>
                document.querySelector(selector).textContent);
            return marks;
        }"""
    )


@browser
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_drawn_as_python_computes(figure_page, figure) -> None:
    page = figure_page(figure)
    zeros = figure.view == "zeros"
    kernel = np.array(figure.kernel)
    shown = {
        "input": figure.stuffed() if zeros else np.array(figure.input),
        "kernel": kernel[::-1, ::-1] if zeros else kernel,
        "output": figure.output(),
        "phases": figure.phases(),
        "counts": figure.counts(),
        "resized": figure.resized(),
    }
    for view, matrix in shown.items():
        assert grid(page, view) == matrix.tolist(), view
    counted = page.locator(".cnn-counted").all_inner_texts()
    assert counted == [figure.size_text(), figure.verdict()]
    for side in figure.size_text().split("output padding = ")[1].split("; columns: "):
        assert len(set(evaluate(side))) == 1


@browser
@pytest.mark.parametrize(
    ("view", "row", "column"),
    [
        ("output", 1, 2),
        ("input", 1, 0),
        ("kernel", 1, 1),
        ("phases", 0, 1),
        ("counts", 2, 1),
        ("resized", 1, 1),
    ],
)
@pytest.mark.parametrize("start", ["plain", "partial", "zeros"])
def test_hover_tap_and_keyboard_are_one_cursor(figure_page, view, row, column, start) -> None:
    figure = FIGURES[start]
    if start == "zeros" and view == "input":
        row, column = 2, 3  # where a number of X stands
    hovered = figure_page(figure, height=1700)
    at_rest = lit(hovered)
    cell(hovered, view, row, column).hover()
    driven = figure_page(figure)
    driven.locator(f"[data-view={view}] td").first.focus()
    for key in ["ArrowDown"] * row + ["ArrowRight"] * column:
        driven.keyboard.press(key)
    tapped = figure_page(figure, has_touch=True)
    cell(tapped, view, row, column).tap()
    assert lit(hovered) == lit(driven) == lit(tapped) != at_rest
    hovered.mouse.move(1, 1)
    driven.keyboard.press("Escape")
    assert lit(hovered) == lit(driven) == at_rest


@browser
def test_stamp_window_weight_and_phase_light_up_together(figure_page) -> None:
    page = figure_page(Stamp(position=[2, 2]), height=1700)
    hint = page.locator(".cnn-hint")
    assert set(lit(page)["window"]) == {
        *(f"input {i} {j}" for i in (0, 1) for j in (0, 1)),
        *(f"kernel {i} {j}" for i in (0, 2) for j in (0, 2)),
    }
    assert "phases translate(0px, 0px) 1 1" in lit(page)["frames"]
    cell(page, "input", 1, 1).hover()
    assert "output translate(2px, 2px) 3 3" in lit(page)["frames"]
    assert lit(page)["notes"] == [f"output {i} {j} +3" for i in (2, 3, 4) for j in (2, 3, 4)]
    assert hint.inner_text() == "X[1, 1] brings 3·1 = 3 here, under K[0, 0]."
    assert lit(page)["terms"] == [False, False, False, True]
    cell(page, "kernel", 2, 2).hover()
    assert "input 0 0" in lit(page)["cursor"]
    page.locator(".cnn-term").first.hover()
    assert set(lit(page)["cursor"]) == {"input 0 0", "kernel 2 2"}
    cell(page, "phases", 0, 1).hover()
    users = set(lit(page)["user"])
    assert {"kernel 0 1", "kernel 2 1", "output 0 1", "output 6 5"} <= users
    assert len(users) == 2 + 4 * 3
    assert hint.inner_text() == (
        "Outputs of this phase can be reached by 2 weights, which sum to 2: that is what a "
        "constant input of 1 gives here."
    )
    # The other view of the same: the window of the turned kernel.
    page.get_by_label("Zeros between").check()
    page.mouse.move(1, 1)
    page.keyboard.press("Escape")
    assert "input translate(2px, 2px) 3 3" in lit(page)["frames"]
    assert {f"input {i} {j}" for i in (2, 4) for j in (2, 4)} < set(lit(page)["window"])


@browser
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_formula_parses_to_the_result_everywhere(figure_page, figure) -> None:
    page = figure_page(figure, height=1900)
    for (row, column), value in np.ndenumerate(figure.output()):
        cell(page, "output", row, column).hover()
        text = page.locator(".cnn-formula").inner_text().replace("\n", " ").strip().strip("=")
        sides = evaluate(text)
        assert sides == pytest.approx([value] * len(sides), abs=1e-9)
        if figure.stamped is None:
            assert page.locator(".cnn-term:visible").count() == figure.counts()[row, column]


@browser
@pytest.mark.parametrize("name", ["plain", "padded", "apart"])
def test_stamps_add_up_to_the_output(figure_page, name) -> None:
    figure = FIGURES[name]
    page = figure_page(figure, height=1900)
    total = np.zeros(figure.output().shape)
    for row, column in np.ndindex(*np.shape(figure.input)):
        cell(page, "input", row, column).hover()
        for note in lit(page)["notes"]:
            _, i, j, text = note.split(" ")
            total[int(i), int(j)] += number(text)
    np.testing.assert_array_equal(total, figure.output())


@browser
def test_one_stamp_after_another(figure_page) -> None:
    page = figure_page(Stamp(), height=1700)
    page.clock.install()
    step = page.get_by_role("button", name="Step forward")
    # From the last one on to none at all.
    for placed in [0, 1, 2]:
        step.click()
        assert grid(page, "output") == Stamp(stamped=placed).output().tolist()
    assert spoken(page) == "2 of 9 stamps. Y[0, 0] is 1."
    page.mouse.move(1, 1)
    frame = "output translate(2px, 0px) 3 3"
    assert frame in lit(page)["frames"]
    assert lit(page)["cursor"] == ["input 0 1"]
    cell(page, "input", 1, 1).hover()
    assert page.locator(".cnn-hint").inner_text() == "This number is not stamped yet."
    page.mouse.move(1, 1)
    said = spoken(page)
    page.get_by_role("button", name="Play").click()
    for placed in [4, 5]:
        page.clock.run_for(1000)
        expect(page.locator(".cnn-player .cnn-range-value")).to_have_text(f"{placed} of 9 stamps")
        assert grid(page, "output") == Stamp(stamped=placed).output().tolist()
        assert spoken(page) == said
    page.clock.run_for(9000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert grid(page, "output") == Stamp().output().tolist()
    assert spoken(page) == "Y[0, 0] is 1."
    # In the other view the window goes from output to output.
    page.get_by_label("Zeros between").check()
    step.click()
    expect(page.locator(".cnn-band-title")).to_have_text("Y[0, 1]")


@browser
def test_checkerboards_come_and_go_with_the_kernel(figure_page) -> None:
    page = figure_page(Stamp(input=INPUT))
    page.get_by_role("button", name="Constant input").click()
    assert grid(page, "input") == [[1, 1, 1], [1, 1, 1]]
    verdict = page.locator(".cnn-counted").last
    assert verdict.inner_text().endswith("becomes a checkerboard.")
    assert spoken(page) == verdict.inner_text()
    page.get_by_label("Kernel", exact=True).select_option("½ 1 ½")
    assert grid(page, "kernel") == HALF
    assert grid(page, "phases") == [[1, 1], [1, 1]]
    assert verdict.inner_text() == (
        "Inside, outputs lie under 1, 2 or 4 stamps, yet the sums by phase are all 1: a constant "
        "input stays constant."
    )
    page.get_by_label("Kernel", exact=True).select_option("1 2 3 1")
    assert grid(page, "phases") == [[16, 12], [12, 9]]
    assert verdict.inner_text() == (
        "Inside, outputs lie under 4 stamps, yet the sums by phase differ: a constant input "
        "becomes a checkerboard."
    )
    cell(page, "kernel", 0, 0).click()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    assert page.get_by_label("Kernel", exact=True).input_value() == "own"
    page.get_by_role("button", name="Reset").click()
    assert grid(page, "input") == INPUT
    assert page.get_by_label("Kernel", exact=True).input_value() == "3"


@browser
@pytest.mark.parametrize("view", ["stamps", "zeros"])
def test_edits_reach_the_number_that_is_shown(figure_page, view) -> None:
    page = figure_page(Stamp(input=INPUT, kernel=KERNEL, view=view))
    place = (4, 5) if view == "zeros" else (1, 1)
    cell(page, "input", *place).click()
    page.keyboard.type("-9")
    page.keyboard.press("Enter")
    changed = [[1, -2, 0], [4, -9, 1]]
    assert grid(page, "output") == Stamp(input=changed, kernel=KERNEL).output().tolist()
    cell(page, "kernel", 0, 1).click()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    kernel = np.array(KERNEL)
    kernel[(2, 2) if view == "zeros" else (0, 1)] = 8
    assert grid(page, "output") == Stamp(input=changed, kernel=kernel).output().tolist()
    if view == "zeros":
        # A zero between two numbers is not there to be typed over.
        cell(page, "input", 0, 0).dblclick()
        assert page.locator(".cnn-editor").count() == 0


@browser
def test_only_the_controls_asked_for(figure_page) -> None:
    page = figure_page(Stamp(controls=["stride"]))
    labels = page.locator(".cnn-range label, .cnn-choice legend, .cnn-select label")
    assert labels.all_inner_texts() == ["Stride"]
    assert page.locator(".cnn-player").count() == 0


@browser
@pytest.mark.parametrize("name", ["plain", "row"])
def test_no_control_reaches_an_illegal_state(figure_page, name) -> None:
    page = figure_page(FIGURES[name])
    names = ("Input size", "Kernel size", "Stride", "Padding", "Output padding")
    sliders = {name: page.get_by_label(name, exact=True) for name in names}
    rng = np.random.default_rng(4)
    seen = set()
    for step in range(50):
        slider = sliders[names[int(rng.integers(5))]]
        low, high = slider.evaluate("input => [Number(input.min), Number(input.max)]")
        assert low <= high
        wanted = [low - 1, high + 1, int(rng.integers(low, high + 1))][step % 3]
        slider.evaluate(
            """(input, value) => {
                input.value = value;
                input.dispatchEvent(new Event("input", {bubbles: true}));
            }""",
            wanted,
        )
        # The ends of a slider are values that the figure takes as they are.
        assert int(slider.input_value()) == min(max(wanted, low), high)
        state = {name: int(slider.input_value()) for name, slider in sliders.items()}
        figure = Stamp(
            input=grid(page, "input"),
            kernel=grid(page, "kernel"),
            stride=state["Stride"],
            padding=state["Padding"],
            output_padding=state["Output padding"],
        )
        assert grid(page, "output") == figure.output().tolist()
        assert grid(page, "resized") == figure.resized().tolist()
        seen.add(tuple(state.values()))
    assert len(seen) > 15


@browser
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_copy_as_pytorch_gives_the_output_shown(figure_page, figure) -> None:
    page = figure_page(figure)
    names = run_program(copied_program(page))
    np.testing.assert_allclose(names["output"], grid(page, "output"), atol=1e-4)
    np.testing.assert_allclose(names["resized"], grid(page, "resized"), atol=1e-4)


@browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(figure_page, theme) -> None:
    page = figure_page(
        Stamp(caption="Stamps.", stamped=4), FIGURES["zeros"], theme=theme, width=900
    )
    assert axe(page) == []
    first = page.locator("figure").first
    first.locator("[data-view=input] td").nth(3).hover()
    assert axe(page) == []
    first.locator("[data-view=phases] td").nth(1).hover()
    assert axe(page) == []
    first.locator("[data-view=kernel] td").nth(2).click()
    page.keyboard.type("5")
    assert axe(page) == []


@browser
def test_forced_colors_and_reduced_motion_keep_every_sign(figure_page) -> None:
    page = figure_page(Stamp(), forced_colors="active", reduced_motion="reduce", height=1700)
    assert page.get_by_role("button", name="Play").count() == 0
    page.get_by_role("button", name="Step back").click()
    assert grid(page, "output") == Stamp(stamped=8).output().tolist()
    cell(page, "phases", 1, 1).hover()
    style = page.evaluate(
        """() => {
            const style = (selector) => getComputedStyle(document.querySelector(selector));
            return {
                user: style("td.is-user").outlineStyle,
                frame: style("[data-view=output] .cnn-frame").stroke,
                card: style("figure").backgroundColor,
                motion: style("[data-view=output] .cnn-frame").transitionDuration,
            };
        }"""
    )
    assert style["user"] == "solid"
    assert style["frame"] != style["card"]
    assert style["motion"] == "0s"


@browser
@pytest.mark.parametrize("figure", [Stamp(), FIGURES["zeros"], LARGE], ids=["a", "b", "large"])
def test_fits_a_phone(figure_page, figure) -> None:
    page = figure_page(figure, width=320, has_touch=True)
    assert overflow(page) == []
    assert small_targets(page) == []
    cell(page, "output", 0, 1).tap()
    assert overflow(page) == []


@browser
@pytest.mark.parametrize("name", ["plain", "padded", "zeros"])
@pytest.mark.parametrize("width", [720, 360])
def test_nothing_moves_with_the_cursor(figure_page, name, width) -> None:
    page = figure_page(FIGURES[name], width=width, height=2600)
    tops = set()
    for view, at in [
        ("output", (0, 0)),
        ("output", (2, 2)),
        ("input", (1, 1)),
        ("phases", (0, 1)),
        ("kernel", (0, 1)),
        ("resized", (1, 1)),
    ]:
        cell(page, view, *at).hover()
        tops.add(page.locator(".cnn-beside").evaluate("e => e.offsetTop"))
    # On a phone a longer sum takes a line of its own.
    assert max(tops) - min(tops) <= (0 if width == 720 else 60)


@browser
def test_interactions_are_quick(figure_page, assert_quick) -> None:
    page = figure_page(LARGE, width=720)
    cell(page, "input", 2, 2).focus()
    assert_quick(
        page,
        follows={
            "cursor": hovering("[data-view=output] td", "10 + i"),
            "stamp": hovering("[data-view=input] td:not(.is-padding)", "i % 16"),
        },
        answers={
            "edit": EDITING,
            "step": clicking(".cnn-buttons button:last-child"),
            "rebuild": sliding(3, "i % 2"),
        },
    )


@browser
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_reading_says_what_the_figure_shows(figure_page, figure) -> None:
    page = figure_page(figure)
    reading = figure.reading()
    assert numbers_missing(page, reading) == []
    text = " ".join(page.locator(".cnn-formula").inner_text().split()).strip("= ")
    assert text in reading
    for sentence in page.locator(".cnn-counted").all_inner_texts():
        assert sentence in reading
    without = figure_page(figure, scripts=False)
    assert without.locator("figure .cnn-reading table").count() == 8


@browser
def test_widget_syncs_both_ways(widget_page) -> None:
    page = widget_page(Stamp())
    page.evaluate("model.set('stamped', 3)")
    assert grid(page, "output") == Stamp(stamped=3).output().tolist()
    page.get_by_label("Stride", exact=True).press("ArrowLeft")
    keys = "['stride', 'output_padding', 'stamped'].map((key) => model.get(key))"
    assert page.evaluate(keys) == [1, 0, None]
    assert page.evaluate("model.saved") == 1
    # A linked widget may ask for more than fits; the figure draws what is possible.
    for change in ("'stride', 9", "'padding', 9", "'stamped', 99", "'position', [50, -3]"):
        page.evaluate(f"model.set({change})")
    assert np.size(grid(page, "output")) > 0
    page.evaluate("dispose()")
    assert page.evaluate("el.childElementCount") == 0
    assert page.evaluate("Object.values(listeners).every((set) => set.size === 0)")


def test_helpers_of_the_reading() -> None:
    assert stamp.size(np.zeros((2, 3))) == "2 × 3"
    assert "&lt;" in stamp.as_list(["a < b"])
