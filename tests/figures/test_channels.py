"""The channels in a browser: every kernel, partial sum and group, and PyTorch's own answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from browser import axe
from figures.checks import (
    EDITING,
    cell,
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

from cnncourse.figures import Channels
from cnncourse.functional import conv2d
from js import golden_channels

pytestmark = pytest.mark.browser


def layer(filters: int, channels: int, groups: int, size: int = 4, kernel: int = 3) -> Channels:
    """A layer of these sizes with small integers, padded where there is room."""
    rng = np.random.default_rng(filters + 10 * channels + 100 * groups)
    return Channels(
        input=rng.integers(0, 4, (channels, size, size)),
        weight=rng.integers(-2, 3, (filters, channels // groups, kernel, kernel)),
        bias=rng.integers(-3, 4, filters),
        padding=1 if size <= 4 and kernel > 1 else 0,
        groups=groups,
    )


# As many cells as there can be.
LARGE = layer(4, 4, 1, size=6)
WIDE = layer(4, 4, 1, size=6, kernel=1)
GROUPED = layer(4, 4, 2)


def lit(page: Page) -> dict[str, Any]:
    """Return everything that the cursor lights: cells by class, frames, formula and sentences."""
    return page.evaluate(
        """() => {
            const marks = {};
            for (const name of ["window", "cursor", "reach", "user"])
                marks[name] = [...document.querySelectorAll(`td.is-${name}`)].map((cell) =>
                    [cell.closest("[data-view]").dataset.view, cell.parentNode.rowIndex,
                     cell.cellIndex].join(" "));
            marks.terms = [...document.querySelectorAll(".cnn-part.is-cursor")].map((part) =>
                part.textContent);
            marks.frames = [...document.querySelectorAll(".cnn-frame:not(.is-off)")].map((frame) =>
                [frame.getAttribute("class"), frame.style.transform].join(" "));
            marks.texts = [".cnn-channel-sums", ".cnn-total", ".cnn-band-title", ".cnn-hint"].map(
                (selector) => document.querySelector(selector).textContent);
            return marks;
        }"""
    )


def channel_sums(page: Page) -> dict[int, str]:
    """Return the written-out sum of every channel that is read."""
    rows = page.locator(".cnn-channel-sums > div:visible")
    texts = [" ".join(text.split()) for text in rows.locator("dd").all_text_contents()]
    return {channel: text for channel, text in enumerate(texts) if "not read" not in text}


def total(page: Page) -> str:
    """Return the sum of the partial sums and the bias as arithmetic."""
    text = " ".join(page.locator(".cnn-total").text_content().split())
    assert "+ bias" in text
    return text.replace("bias ", "")


def counts(page: Page) -> dict[str, str]:
    """Return the written-out numbers of parameters and multiply-adds."""
    labels = page.locator(".cnn-counts dt").all_inner_texts()
    return dict(zip(labels, page.locator(".cnn-counts dd").all_inner_texts(), strict=True))


def choose(page: Page, legend: str, value: int) -> None:
    """Take one of the radio buttons of "Filter" or "Groups"."""
    box = page.locator("fieldset").filter(has_text=legend)
    box.get_by_label(str(value), exact=True).check()


def move(page: Page, label: str, value: int) -> int:
    """Move a slider as far as it goes toward a value."""
    slider = page.get_by_label(label, exact=True)
    slider.evaluate(
        """(input, value) => {
            input.value = value;
            input.dispatchEvent(new Event("input", {bubbles: true}));
            input.dispatchEvent(new Event("change", {bubbles: true}));
        }""",
        value,
    )
    return int(slider.input_value())


def state(page: Page) -> dict[str, Any]:
    """Return the layer that the page now shows, read from the copied program."""
    return {
        name: value.tolist()
        for name, value in run_program(copied_program(page)).items()
        if name in ("x", "weight", "bias", "output")
    }


def test_golden_file_is_up_to_date() -> None:
    assert golden_channels.FILE.read_text(encoding="utf-8") == golden_channels.text(), (
        "tests/js/golden/channels.json is stale: run python tests/js/golden_channels.py"
    )


def test_drawn(figure_page) -> None:
    figure = Channels(caption="A filter reads every channel.")
    page = figure_page(figure)
    for channel in range(3):
        assert grid(page, f"input-{channel}") == figure.input[channel]
        assert grid(page, f"kernel-{channel}") == figure.weight[0][channel]
        assert grid(page, f"partial-{channel}") == figure.partial_sums()[channel].tolist()
    assert grid(page, "bias") == [[1]]
    assert grid(page, "output") == figure.output()[0].tolist()
    assert evaluate(total(page)) == [6, 6]
    assert total(page) == "4 + (−2) + 3 + 1 = 6"
    assert page.locator("figcaption").inner_text() == "A filter reads every channel."
    assert page.locator(".cnn-reading").count() == 0
    assert page.get_by_role("grid", name="Output channel 0").count() == 1


def test_every_filter_makes_its_own_channel(figure_page) -> None:
    page = figure_page(LARGE)
    for each in (1, 2, 3, 0):
        choose(page, "Filter", each)
        assert grid(page, "output") == LARGE.output()[each].tolist()
        assert grid(page, "bias") == [[LARGE.bias[each]]]
        assert grid(page, "kernel-2") == LARGE.weight[each][2]
        assert spoken(page) == f"Filter {each} makes output channel {each}."


@pytest.mark.parametrize(
    ("view", "row", "column"),
    [("output", 1, 1), ("partial-1", 1, 0), ("input-2", 1, 1), ("kernel-0", 2, 1), ("bias", 0, 0)],
)
def test_hover_tap_and_keyboard_are_one_cursor(figure_page, view, row, column) -> None:
    hovered = figure_page(Channels())
    at_rest = lit(hovered)
    cell(hovered, view, row, column).hover()
    tapped = figure_page(Channels(), has_touch=True)
    cell(tapped, view, row, column).tap()
    driven = figure_page(Channels())
    driven.locator(f"[data-view={view}] td").first.focus()
    for key in ["ArrowDown"] * row + ["ArrowRight"] * column:
        driven.keyboard.press(key)
    assert lit(hovered) == lit(tapped) == lit(driven) != at_rest
    hovered.mouse.move(1, 1)
    driven.keyboard.press("Escape")
    assert lit(hovered) == lit(driven) == at_rest


def test_what_each_view_lights(figure_page) -> None:
    page = figure_page(Channels(stride=2, padding=1))
    cell(page, "output", 1, 0).hover()
    window = [f"input-{c} {i} {j}" for c in range(3) for i in (2, 3, 4) for j in (0, 1, 2)]
    assert lit(page)["window"] == window
    frames = [frame for frame in lit(page)["frames"] if "cnn-frame-output" in frame]
    assert len(frames) == 4
    assert all("translate(0px, 1px)" in frame for frame in frames)
    # A weight: its value in its own channel, every value that it meets, and its product.
    cell(page, "kernel-1", 2, 1).hover()
    assert lit(page)["cursor"] == ["input-1 2 1", "kernel-1 2 1"]
    assert lit(page)["reach"] == [f"input-1 {i} {j}" for i in (2, 4) for j in (1, 3)]
    assert lit(page)["terms"] == ["2·0", "3"]
    # A value: the cells that it takes part in, in its own partial sum and in the output.
    cell(page, "input-2", 2, 2).hover()
    assert lit(page)["cursor"] == ["input-2 2 2", "kernel-2 2 2"]
    users = [f"{view} {i} {j}" for view in ("partial-2", "output") for i in (0, 1) for j in (0, 1)]
    assert sorted(lit(page)["user"]) == sorted(users)
    cell(page, "input-2", 0, 0).hover()
    assert lit(page)["user"] == ["partial-2 0 0", "output 0 0"]
    # The formula points back.
    page.locator(".cnn-channel-sums dd").nth(1).locator(".cnn-part").nth(5).hover()
    assert lit(page)["cursor"] == ["input-1 1 2", "kernel-1 1 2"]
    page.locator(".cnn-total [data-channel='2']").hover()
    assert lit(page)["terms"] == ["3"]
    cell(page, "bias", 0, 0).hover()
    assert lit(page)["terms"] == ["1"]
    assert "once" in page.locator(".cnn-hint").inner_text()


@pytest.mark.parametrize(
    "figure",
    [
        Channels(),
        GROUPED,
        WIDE,
        Channels(
            input=[[[0.5, -2, 3], [1, 0.25, 7]]],
            weight=[[[[-0.5, 3]]]],
            bias=[-1.75],
            padding=1,
            stride=2,
        ),
    ],
    ids=["default", "groups", "1×1", "decimals"],
)
def test_formulas_parse_to_the_results_everywhere(figure_page, figure) -> None:
    page = figure_page(figure)
    for row, values in enumerate(figure.output()[0].tolist()):
        for column, value in enumerate(values):
            cell(page, "output", row, column).hover()
            sums = channel_sums(page)
            assert list(sums) == figure.read_channels()
            for index, text in enumerate(sums.values()):
                partial = figure.partial_sums()[index, row, column]
                assert evaluate(text) == pytest.approx([partial] * 2, abs=1e-9), text
            assert evaluate(total(page)) == pytest.approx([value] * 2, abs=1e-9)
            assert number(page.locator(".cnn-formula-total").inner_text()) == value


@pytest.mark.parametrize("each", range(4))
def test_groups_leave_the_other_channels_unread(figure_page, each) -> None:
    page = figure_page(GROUPED)
    choose(page, "Filter", each)
    group = each // 2
    read, unread = [2 * group, 2 * group + 1], [2 - 2 * group, 3 - 2 * group]
    assert list(channel_sums(page)) == read
    for channel in unread:
        assert page.locator(f"[data-view=kernel-{channel}]").is_hidden()
        assert page.locator(f"[data-view=partial-{channel}]").is_hidden()
        note = page.locator(".cnn-channel-note:visible").nth(unread.index(channel))
        assert (
            note.inner_text()
            == f"Not read: this channel is in group {1 - group}, filter {each} in group {group}."
        )
        sums = page.locator(".cnn-channel-sums dd").nth(channel)
        assert sums.is_visible()
        assert sums.inner_text() == f"not read by filter {each}"
        cell(page, f"input-{channel}", 1, 1).hover()
        assert "never reads" in page.locator(".cnn-hint").inner_text()
        assert lit(page)["user"] == []
    # Nothing of the unread channels is framed, whatever was framed before.
    for channel in range(4):
        framed = page.locator(f"[data-view=input-{channel}] .cnn-frame:not(.is-off)").count()
        assert framed == (channel in read)
        marked = page.locator(f"[data-view=input-{channel}] td.is-window").count()
        assert marked == (9 if channel in read else 0)
    weights = [grid(page, f"kernel-{channel}") for channel in read]
    assert weights == GROUPED.weight[each]
    assert grid(page, "output") == GROUPED.output()[each].tolist()


def test_pin_says_the_sum(figure_page) -> None:
    page = figure_page(Channels())
    assert spoken(page) == ""
    cell(page, "output", 0, 1).click()
    assert spoken(page) == "Output channel 0, row 0, column 1: sum 4."
    cell(page, "partial-1", 1, 0).click()
    assert spoken(page) == "Output channel 0, row 1, column 0: sum −4."
    page.mouse.move(1, 1)
    page.keyboard.press("Escape")
    expect(page.locator(".cnn-band-title")).to_have_text("Output channel 0 at row 1, column 0")
    assert page.locator("[data-view=output] [aria-selected=true]").inner_text() == "−4"


def test_edit_and_reset(figure_page) -> None:
    figure = Channels(padding=1)
    page = figure_page(figure)
    cell(page, "input-1", 1, 1).click()
    page.keyboard.type("-7")
    page.keyboard.press("Enter")
    assert grid(page, "input-1")[1][1] == -7
    assert spoken(page).startswith("x[1, 0, 0] is now −7; the sum at row 0, column 0 is")
    cell(page, "kernel-2", 0, 1).click()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    assert spoken(page).startswith("weight[0, 2, 0, 1] is now 3;")
    cell(page, "bias", 0, 0).click()
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    assert spoken(page).startswith("bias[0] is now 20;")
    image, weight = np.array(figure.input), np.array(figure.weight)
    image[1, 0, 0], weight[0, 2, 0, 1] = -7, 3
    expected = conv2d(image, weight, np.array([20, -1]), padding=1)
    assert grid(page, "output") == expected[0].tolist()
    choose(page, "Filter", 1)
    assert grid(page, "output") == expected[1].tolist()
    # A zero of the padding is no number to edit.
    cell(page, "input-1", 0, 0).click()
    page.keyboard.type("5")
    assert page.locator(".cnn-editor").count() == 0
    page.get_by_role("button", name="Reset").click()
    assert grid(page, "output") == figure.output()[0].tolist()


def test_one_by_one_and_depthwise_are_one_press_away(figure_page) -> None:
    figure = Channels()
    page = figure_page(figure)
    page.get_by_role("button", name="1×1 kernels").click()
    assert spoken(page) == "2 filters of 3 kernels; the output is 2 × 4 × 4."
    now = state(page)
    assert np.shape(now["weight"]) == (2, 3, 1, 1)
    assert np.array_equal(np.array(now["weight"])[..., 0, 0], np.array(figure.weight)[..., 0, 0])
    # A 1×1 convolution is a matrix product at every pixel.
    product = np.tensordot(np.array(now["weight"])[..., 0, 0], np.array(figure.input), 1)
    assert grid(page, "output") == (product[0] + 1).tolist()
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Depthwise").click()
    assert spoken(page) == "3 filters of 1 kernel; the output is 3 × 2 × 2."
    now = state(page)
    assert np.shape(now["weight"]) == (3, 1, 3, 3)
    # Filter 0 still has its kernel for channel 0, filter 1 that for channel 1; filter 2 is new.
    assert now["weight"][0][0] == figure.weight[0][0]
    assert now["weight"][1][0] == figure.weight[1][1]
    assert now["weight"][2][0] == [[1, 2, 1], [-1, 1, 0], [2, 2, 2]]
    choose(page, "Groups", 1)
    assert np.shape(state(page)["weight"]) == (3, 3, 3, 3)
    move(page, "Filters", 2)
    assert state(page)["weight"] == figure.weight


def test_no_control_reaches_an_illegal_state(figure_page) -> None:
    page = figure_page(Channels())
    names = ("Channels in", "Filters", "Kernel size", "Stride", "Padding")
    sliders = {name: page.get_by_label(name, exact=True) for name in names}
    rng = np.random.default_rng(0)
    seen = set()
    for step in range(90):
        name = names[step % 5]
        low, high = sliders[name].evaluate("input => [Number(input.min), Number(input.max)]")
        assert low <= high
        move(page, name, [low - 1, high + 1, int(rng.integers(low, high + 1))][step % 3])
        if step % 4 == 0:
            possible = page.locator("fieldset").nth(1).locator("label:visible")
            possible.nth(int(rng.integers(possible.count()))).locator("input").check()
        settings = {key: int(slider.input_value()) for key, slider in sliders.items()}
        now = state(page)
        channels, filters = settings["Channels in"], settings["Filters"]
        depth = len(now["weight"][0])
        groups = channels // depth
        offered = page.locator("fieldset").nth(1).locator("label:visible").all_inner_texts()
        divisors = [n for n in range(1, 5) if channels % n == 0 and filters % n == 0]
        assert [int(text) for text in offered] == divisors
        assert groups in divisors
        checked = page.locator("fieldset").nth(1).locator("input:checked").input_value()
        assert int(checked) == groups
        assert np.shape(now["weight"])[2:] == (settings["Kernel size"],) * 2
        expected = conv2d(
            np.array(now["x"]),
            np.array(now["weight"]),
            np.array(now["bias"]),
            settings["Stride"],
            settings["Padding"],
            groups=groups,
        )
        assert now["output"] == expected.tolist()
        chosen = int(page.locator("fieldset").nth(0).locator("input:checked").input_value())
        assert grid(page, "output") == expected[chosen].tolist()
        assert len(set(evaluate(total(page)))) == 1
        weights = filters * depth * settings["Kernel size"] ** 2
        written = counts(page)
        assert evaluate(written["Parameters"]) == [weights + filters] * 2
        assert evaluate(written["Multiply-adds"]) == [weights * expected[0].size] * 2
        assert page.locator("td[tabindex='0']:visible").count() == channels + 2 * depth + 2
        seen.add((*settings.values(), groups))
    assert len(seen) > 40


@pytest.mark.parametrize(
    "figure",
    [Channels(stride=2, padding=1), GROUPED, layer(3, 3, 3)],
    ids=["default", "groups", "depthwise"],
)
def test_copy_as_pytorch_gives_the_output_shown(figure_page, figure) -> None:
    page = figure_page(figure)
    program = copied_program(page)
    assert program.count("F.conv2d") == 1
    output = run_program(program)["output"]
    assert output.tolist() == figure.output().tolist()
    for each in range(len(figure.weight)):
        choose(page, "Filter", each)
        assert output[each].tolist() == grid(page, "output")


def test_kernels_need_not_be_square(figure_page) -> None:
    figure = Channels(
        input=[[[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]], weight=[[[[1, 0, -1]]]], bias=[0]
    )
    page = figure_page(figure)
    assert grid(page, "kernel-0") == [[1, 0, -1]]
    assert grid(page, "output") == figure.output()[0].tolist() == [[-2] * 3] * 2
    assert page.get_by_label("Kernel size").input_value() == "3"
    # The sliders make square kernels, no larger than the input.
    assert move(page, "Kernel size", 2) == 2
    assert grid(page, "kernel-0") == [[1, 0], [-1, 1]]
    assert move(page, "Kernel size", 3) == 2


def test_copy_knows_what_was_edited(figure_page) -> None:
    page = figure_page(Channels())
    cell(page, "kernel-0", 0, 0).click()
    page.keyboard.type("-2.5")
    page.keyboard.press("Enter")
    output = run_program(copied_program(page))["output"]
    np.testing.assert_allclose(output[0].numpy(), grid(page, "output"), rtol=1e-6)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(figure_page, theme) -> None:
    page = figure_page(Channels(caption="Channels."), GROUPED, theme=theme)
    assert axe(page) == []
    first = page.locator("figure").first
    first.locator("[data-view=output] td").nth(3).hover()
    assert axe(page) == []
    first.locator("[data-view=kernel-1] td").nth(2).click()
    page.keyboard.type("5")
    assert axe(page) == []


def test_reduced_motion_and_forced_colors(figure_page) -> None:
    page = figure_page(GROUPED, reduced_motion="reduce", forced_colors="active")
    cell(page, "kernel-0", 0, 2).hover()
    style = page.evaluate(
        """() => {
            const style = (selector) => getComputedStyle(document.querySelector(selector));
            return {
                transition: style(".cnn-frame-window").transitionDuration,
                frame: style(".cnn-frame-window").stroke,
                cursor: style("td.is-cursor").outlineStyle,
                term: style(".cnn-part.is-cursor").outlineStyle,
                card: style("figure").backgroundColor,
            };
        }"""
    )
    assert style["transition"] == "0s"
    assert style["frame"] != style["card"]
    assert style["cursor"] == style["term"] == "solid"


@pytest.mark.parametrize("width", [320, 660])
@pytest.mark.parametrize(
    "figure", [Channels(), LARGE, WIDE, GROUPED], ids=["default", "large", "wide", "groups"]
)
def test_fits_a_phone_and_the_column_of_the_book(figure_page, figure, width) -> None:
    page = figure_page(figure, width=width, has_touch=True)
    assert overflow(page) == []
    assert small_targets(page) == []
    sticking_out = """() => {
        const box = document.querySelector("figure").getBoundingClientRect();
        return [...document.querySelectorAll("figure *")].filter((element) => {
            const own = element.getBoundingClientRect();
            return own.width > 1 && (own.left < box.left - 0.5 || own.right > box.right + 0.5);
        }).map((element) => element.outerHTML.slice(0, 100));
    }"""
    assert page.evaluate(sticking_out) == []
    cell(page, "input-0", 1, 1).tap()
    assert overflow(page) == []
    page.get_by_role("button", name="1×1 kernels").tap()
    assert page.evaluate(sticking_out) == []


def test_nothing_jumps_under_the_cursor(figure_page) -> None:
    page = figure_page(Channels(), width=660)
    heights = set()
    for view, count in [("output", 4), ("input-0", 16), ("kernel-1", 9), ("partial-2", 4)]:
        for index in range(count):
            page.locator(f"[data-view={view}] td").nth(index).hover()
            heights.add(
                page.evaluate(
                    "[document.querySelector('figure').offsetHeight,"
                    " document.querySelector('.cnn-channels').offsetHeight].join()"
                )
            )
    assert len(heights) == 1


def test_interactions_are_quick(figure_page, assert_quick) -> None:
    # The largest layer, at the width of the book's column.
    page = figure_page(LARGE, width=660)
    cell(page, "input-0", 3, 4).focus()
    assert_quick(
        page,
        follows={
            "cursor": hovering("[data-view=output] td", "i % 16"),
        },
        answers={
            "edit": EDITING,
            "filter": """(i) => {
                const input = document.querySelectorAll("fieldset input")[i % 4];
                input.checked = true;
                input.dispatchEvent(new Event("change", {bubbles: true}));
            }""",
            "rebuild": sliding(2, "i % 2 ? 3 : 2"),
        },
    )


@pytest.mark.parametrize(
    "figure",
    [
        Channels(),
        Channels(stride=2, padding=1, filter=1, position=[1, 2]),
        layer(4, 4, 2),
        layer(2, 2, 2, kernel=1),
    ],
    ids=["default", "padded", "groups", "depthwise 1×1"],
)
def test_reading_says_what_the_figure_shows(figure_page, figure) -> None:
    page = figure_page(figure)
    reading = figure.reading()
    assert numbers_missing(page, reading) == []
    sums = channel_sums(page)
    for index, channel in enumerate(figure.read_channels()):
        line = f"x[{channel}] ⋆ weight[{figure.filter}, {index}]: {sums[channel]}"
        assert line in reading
    assert " ".join(page.locator(".cnn-total").text_content().split()) in reading
    for label, text in counts(page).items():
        assert f"{label}: {text}" in reading
    unread = set(range(len(figure.input))) - set(figure.read_channels())
    assert reading.count("is not read by filter") == len(unread)
    without = figure_page(figure, scripts=False)
    tables = len(figure.input) + 2 * len(figure.read_channels()) + 1
    assert without.locator("figure .cnn-reading table").count() == tables


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"input": [[1, 2], [3, 4]]}, ValueError, r"input must have the shape \(C_in, H, W\)"),
        ({"input": np.ones((5, 4, 4))}, ValueError, "at most 4 × 6 × 6"),
        ({"input": [[["a"]]]}, TypeError, "input must hold numbers"),
        ({"input": [[[1, 2], [3]]]}, TypeError, "input must hold numbers"),
        ({"input": np.full((3, 4, 4), 1 / 3)}, ValueError, "two decimals"),
        ({"input": np.full((3, 4, 4), 100)}, ValueError, "from −99 to 99"),
        ({"input": np.ones((2, 4, 4))}, ValueError, "weight has 3 kernels a filter but input has"),
        ({"bias": [1]}, ValueError, "one number for each of the 2 filters, got 1"),
        ({"bias": 1}, ValueError, r"bias must have the shape \(C_out,\)"),
        ({"groups": 3}, ValueError, "groups must divide the 3 input channels and the 2 filters"),
        ({"groups": 0}, ValueError, "groups must be at least 1"),
        ({"filter": 2}, ValueError, "filter must be less than the 2 filters"),
        ({"padding": 2}, ValueError, "at most 6 rows"),
        ({"stride": True}, TypeError, "stride must be an integer"),
        (
            {"input": np.ones((3, 2, 4))},
            ValueError,
            "kernels are 3 × 3 but input with padding 0 is 2 × 4",
        ),
    ],
)
def test_wrong_settings_are_refused_by_name(settings, error, words) -> None:
    with pytest.raises(error, match=words) as caught:
        Channels(**settings)
    assert str(caught.value).startswith("Channels: ")


def test_specs_the_page_cannot_trust_are_drawn_legally(figure_page) -> None:
    figure = Channels().html()
    for old, new in [
        ('"padding":0', '"padding":99'),
        ('"stride":1', '"stride":0'),
        ('"groups":1', '"groups":3'),
        ('"filter":0', '"filter":7'),
        ('"position":[0,0]', '"position":[50,-3]'),
        ('"bias":[1,-1]', '"bias":[1]'),
    ]:
        assert old in figure
        page = figure_page(figure.replace(old, new))
        page.wait_for_selector("figure[data-live]")
        assert len(set(evaluate(total(page)))) == 1
        run_program(copied_program(page))


def test_widget_syncs_both_ways(widget_page) -> None:
    page = widget_page(Channels(caption="In a notebook."))
    assert page.locator("figcaption").inner_text() == "In a notebook."
    page.evaluate("model.set('filter', 1)")
    assert grid(page, "output") == Channels().output()[1].tolist()
    page.evaluate("model.set('stride', 2)")
    assert grid(page, "output") == Channels(stride=2).output()[1].tolist()
    cell(page, "bias", 0, 0).click()
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    assert page.evaluate("[model.get('bias'), model.saved]") == [[1, 9], 1]
    page.get_by_role("button", name="Depthwise").click()
    shape = "((w) => [w.length, w[0].length])(model.get('weight'))"
    assert page.evaluate(f"[model.get('groups'), {shape}]") == [3, [3, 1]]
    # A linked widget may change one array and not the others; the figure draws what is possible.
    page.evaluate("model.set('input', [[[1, 2], [3, 4]]])")
    assert len(set(evaluate(total(page)))) == 1
    page.evaluate("dispose()")
    assert page.evaluate("el.childElementCount") == 0
    assert page.evaluate("Object.values(listeners).every((set) => set.size === 0)")
