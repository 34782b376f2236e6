"""The two faster ways to convolve agree with the plain one, and stay away where it is better."""

import numpy as np
import pytest

from cnncourse import _fourier, _gemm, _winograd, functional
from cnncourse.windows import Slide

torch = pytest.importorskip("torch")

# Of the norm, in single precision.
ALLOWED = 1e-4


def draw(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def error(found: np.ndarray, exact: np.ndarray) -> float:
    """Distance from what double precision gives, as a share of its length."""
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


def windows(x: np.ndarray, weight: np.ndarray, slide: Slide, groups: int = 1) -> np.ndarray:
    return _gemm.correlate_windows(x.astype(float), weight.astype(float), slide, groups)


@pytest.mark.parametrize("seed", range(60))
def test_winograd_is_right_wherever_the_windows_start_and_end(seed: int) -> None:
    rng = np.random.default_rng(seed)
    images, channels, filters = rng.integers(1, 4, 3)
    size, places = rng.integers(1, 40, 2), rng.integers(1, 44, 2)
    # Windows that begin far outside the image, or only in its middle.
    origin = rng.integers(-4, 6, 2)
    x, weight = draw(rng, images, channels, *size), draw(rng, filters, channels, 3, 3)
    slide = Slide((3, 3), (1, 1), (1, 1), tuple(map(int, origin)), tuple(map(int, places)))
    exact = windows(x, weight, slide)
    found = _winograd.correlate(x, weight, slide)
    assert found.dtype == np.float32
    assert found.shape == exact.shape
    assert np.abs(found - exact).max() <= 2e-6 * np.abs(weight).max() * np.abs(x).max() * 9 * 3


@pytest.mark.parametrize("seed", range(40))
def test_fourier_is_right_for_every_kernel_and_group(seed: int) -> None:
    rng = np.random.default_rng(seed)
    images, depth, each, groups = (int(n) for n in rng.integers(1, 4, 4))
    kernel, size = rng.integers(1, 20, 2), rng.integers(1, 90, 2)
    origin, places = rng.integers(-3, 6, 2), rng.integers(1, 95, 2)
    x = draw(rng, images, groups * depth, *size)
    weight = draw(rng, groups * each, depth, *kernel)
    given = (tuple(map(int, numbers)) for numbers in (kernel, (1, 1), (1, 1), origin, places))
    slide = Slide(*given)
    exact = windows(x, weight, slide, groups)
    found = _fourier.correlate(x, weight, slide, groups)
    assert found.dtype == np.float32
    assert found.shape == exact.shape
    bound = np.sqrt((weight**2).sum((1, 2, 3))).max() * np.linalg.norm(x)
    assert np.abs(found - exact).max() <= 1e-6 * bound


def test_fourier_takes_the_images_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_fourier, "BLOCK_BYTES", 1)
    rng = np.random.default_rng(0)
    x, weight = draw(rng, 3, 2, 20, 21), draw(rng, 4, 2, 5, 6)
    slide = Slide((5, 6), places=(16, 16))
    assert error(_fourier.correlate(x, weight, slide, 1), windows(x, weight, slide)) < 1e-5


@pytest.mark.parametrize("outputs", [2, 4])
def test_winograds_matrices_give_a_convolution_exactly(outputs: int) -> None:
    # In whole numbers: the weights' matrix has denominators 2 and 24.
    entries = outputs + 2
    turned = np.rint(_winograd.WEIGHTS[outputs] * 24).astype(int)
    assert np.allclose(turned / 24, _winograd.WEIGHTS[outputs], rtol=0, atol=1e-15)
    rng = np.random.default_rng(outputs)
    for _ in range(20):
        pixels, weights = rng.integers(-9, 10, entries), rng.integers(-9, 10, 3)
        products = (turned @ weights) * (_winograd.PIXELS[outputs] @ pixels)
        expected = np.correlate(pixels, weights, "valid")
        assert (_winograd.OUTPUTS[outputs] @ products == 24 * expected).all()


ODD = [
    # images, channels, size, filters, padding
    (8, 40, (29, 27), 56, 1),
    (9, 64, (13, 18), 49, 0),
    (1, 64, (57, 41), 64, (2, 0)),
    (32, 128, (6, 5), 128, 1),
    (5, 48, (31, 30), 64, "same"),
    (5, 96, (17, 16), 64, (0, 3)),
]


def counted(monkeypatch: pytest.MonkeyPatch, module: object) -> list[int]:
    """Count the calls of a module's `correlate`, which still computes."""
    calls: list[int] = []
    original = module.correlate  # type: ignore[attr-defined]

    def correlate(*given: object) -> np.ndarray:
        calls.append(1)
        return original(*given)

    monkeypatch.setattr(module, "correlate", correlate)
    return calls


@pytest.mark.parametrize("case", ODD, ids=str)
def test_conv2d_and_its_gradient_agree_with_torch_in_double(
    case: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, channels, size, filters, padding = case
    rng = np.random.default_rng(7)
    x, weight = draw(rng, images, channels, *size), draw(rng, filters, channels, 3, 3)
    bias = draw(rng, filters)
    calls = counted(monkeypatch, _winograd)
    found = functional.conv2d(x, weight, bias, padding=padding)
    exact_x = torch.from_numpy(x).double().requires_grad_()
    exact = torch.nn.functional.conv2d(
        exact_x, torch.from_numpy(weight).double(), torch.from_numpy(bias).double(), padding=padding
    )
    assert calls == [1]
    assert error(found, exact.detach().numpy()) < ALLOWED / 20
    back = draw(rng, *found.shape)
    numbers = 1 if padding == "same" else padding
    gradient = functional.conv2d_input(x.shape, weight, back, padding=numbers)
    (exact_gradient,) = torch.autograd.grad(exact, exact_x, torch.from_numpy(back).double())
    assert calls == [1, 1]
    assert error(gradient, exact_gradient.numpy()) < ALLOWED / 20
    # The adjoint: ⟨conv(x), y⟩ = ⟨x, conv_input(y)⟩.
    without_bias = found - bias[:, None, None]
    left, right = np.vdot(without_bias, back), np.vdot(x, gradient)
    assert abs(left - right) <= 1e-5 * np.linalg.norm(without_bias) * np.linalg.norm(back)


@pytest.mark.parametrize(
    ("images", "channels", "filters", "groups", "kernel"),
    [(2, 1, 1, 1, (31, 29)), (2, 12, 12, 12, (17, 15)), (3, 16, 16, 1, (15, 17)), (1, 4, 8, 4, 21)],
)
def test_large_kernels_go_through_frequencies(
    images: int,
    channels: int,
    filters: int,
    groups: int,
    kernel: int | tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
    x = draw(rng, images, channels, 95, 101)
    weight = draw(rng, filters, channels // groups, *kernel)
    calls = counted(monkeypatch, _fourier)
    found = functional.conv2d(x, weight, padding=(4, 9), groups=groups)
    exact_x = torch.from_numpy(x).double().requires_grad_()
    exact = torch.nn.functional.conv2d(
        exact_x, torch.from_numpy(weight).double(), padding=(4, 9), groups=groups
    )
    assert error(found, exact.detach().numpy()) < ALLOWED / 20
    back = draw(rng, *found.shape)
    gradient = functional.conv2d_input(x.shape, weight, back, padding=(4, 9), groups=groups)
    (exact_gradient,) = torch.autograd.grad(exact, exact_x, torch.from_numpy(back).double())
    assert error(gradient, exact_gradient.numpy()) < ALLOWED / 20
    assert calls == [1, 1]


LARGE = {"images": 4, "channels": 64, "size": 28, "filters": 64, "kernel": 3}


@pytest.mark.parametrize(
    "change",
    [
        {"channels": 8, "filters": 8},
        {"channels": 3},
        {"filters": 4},
        {"images": 1, "size": 8},
        {"stride": 2},
        {"stride": (1, 2)},
        {"dilation": 2},
        {"groups": 2},
        {"kernel": 1},
        {"kernel": 5},
        {"dtype": "float64"},
        {"dtype": "int32"},
        {"images": 0},
    ],
    ids=str,
)
def test_everything_else_takes_the_plain_way(change: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    case = {"stride": 1, "dilation": 1, "groups": 1, "dtype": "float32"} | LARGE | change
    kernel, groups = case["kernel"], case["groups"]
    x = rng.integers(-5, 6, (case["images"], case["channels"], case["size"], case["size"]))
    weight = rng.integers(-5, 6, (case["filters"], case["channels"] // groups, kernel, kernel))
    settings = {name: case[name] for name in ("stride", "dilation", "groups")}
    for module in (_winograd, _fourier):
        monkeypatch.setattr(module, "correlate", pytest.fail)
    found = functional.conv2d(x.astype(case["dtype"]), weight.astype(case["dtype"]), **settings)
    expected = functional.conv2d(x, weight, **settings)
    # Whole numbers are exact there, in any dtype.
    np.testing.assert_array_equal(found, expected)


def test_the_large_case_itself_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counted(monkeypatch, _winograd)
    functional.conv2d(np.ones((4, 64, 28, 28), "f4"), np.ones((64, 64, 3, 3), "f4"))
    assert calls == [1]


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 3e38, 1e20])
@pytest.mark.parametrize("where", ["image", "weight"])
@pytest.mark.parametrize("kernel", [3, 31])
def test_what_is_not_finite_or_huge_stays_where_it_belongs(
    value: float, where: str, kernel: int
) -> None:
    rng = np.random.default_rng(1)
    channels = 64 if kernel == 3 else 1
    x, weight = draw(rng, 2, channels, 60, 60), draw(rng, channels, channels, kernel, kernel)
    (x if where == "image" else weight)[0, 0, 1, 1] = value
    found = functional.conv2d(x, weight)
    expected = torch.nn.functional.conv2d(torch.from_numpy(x), torch.from_numpy(weight)).numpy()
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_array_equal(np.isposinf(found), np.isposinf(expected))
    np.testing.assert_array_equal(np.isneginf(found), np.isneginf(expected))
    back = draw(rng, *found.shape)
    if where == "image":
        back[0, 0, 1, 1] = value
    gradient = functional.conv2d_input(x.shape, weight, back)
    slide = Slide((kernel, kernel), places=found.shape[2:])
    with np.errstate(all="ignore"):
        exact = _gemm._plain_correlate_input(back, weight, slide, 1, (60, 60))
    np.testing.assert_array_equal(np.isfinite(gradient), np.isfinite(exact))


@pytest.mark.parametrize(
    "change",
    [{}, {"stride": 2}, {"stride": (1, 2)}, {"dilation": 2}, {"dtype": "float64"}, {"size": 35}],
    ids=str,
)
def test_large_kernels_take_the_plain_way_too(
    change: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = {"stride": 1, "dilation": 1, "dtype": "float32", "size": 150} | change
    rng = np.random.default_rng(4)
    x = rng.integers(-5, 6, (2, 2, case["size"], case["size"]))
    weight = rng.integers(-5, 6, (2, 2, 31, 31))
    settings = {name: case[name] for name in ("stride", "dilation")}
    calls = counted(monkeypatch, _fourier)
    found = functional.conv2d(x.astype(case["dtype"]), weight.astype(case["dtype"]), **settings)
    expected = functional.conv2d(x, weight, **settings)
    np.testing.assert_allclose(found, expected, atol=0 if change else 0.1)
    assert calls == ([] if change else [1])


def test_huge_spectra_are_not_kept() -> None:
    slide = Slide((15, 15), places=(56, 56))
    assert _fourier.wins(4, (128, 128, 15, 15), slide, 1)
    assert not _fourier.wins(4, (512, 512, 15, 15), slide, 1)


def test_views_are_read_right_and_left_alone() -> None:
    rng = np.random.default_rng(5)
    x = draw(rng, 28, 30, 64, 4).transpose(3, 2, 0, 1)[:, ::-1]
    weight = draw(rng, 3, 3, 64, 64).transpose(3, 2, 1, 0)[..., ::-1]
    before = x.copy(), weight.copy()
    found = functional.conv2d(x, weight, padding=1)
    assert error(found, windows(*before, Slide((3, 3), origin=(1, 1), places=(28, 30)))) < 1e-5
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(weight, before[1])


def test_half_precision_is_rounded_once() -> None:
    rng = np.random.default_rng(6)
    x, weight = (draw(rng, *shape).astype("f2") for shape in ((4, 64, 28, 28), (64, 64, 3, 3)))
    found = functional.conv2d(x, weight)
    assert found.dtype == np.float16
    assert error(found.astype(float), windows(x, weight, Slide((3, 3), places=(26, 26)))) < 5e-4


def test_a_transposed_convolution_is_fast_and_right_too(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counted(monkeypatch, _winograd)
    rng = np.random.default_rng(8)
    x, weight = draw(rng, 4, 48, 21, 20), draw(rng, 48, 64, 3, 3)
    found = functional.conv_transpose2d(x, weight, padding=1)
    exact = torch.nn.functional.conv_transpose2d(
        torch.from_numpy(x).double(), torch.from_numpy(weight).double(), padding=1
    )
    assert calls == [1]
    assert error(found, exact.numpy()) < ALLOWED / 20
