"""Measure autoencoders of several sizes against principal components, and as a denoiser.

`python -m benchmarks.autoencoder` trains them in NumPy on scikit-learn's digits and writes
cnncourse/data/results/autoencoder.json. It takes about ten minutes on one processor core. Stopped
and started again, it goes on where it was.

The network is the one of chapter 15, which trains it for one size. The learning rate is the one
whose worst validation error with four seeds, none of them one of the seeds that are tested, is the
best; it is chosen for a code of 8 numbers and kept for the others. The denoiser's size of code is
chosen in the same way, by two seeds. Errors are means of squared differences per pixel.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import itertools
import json
import platform
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks._progress import Progress
from cnncourse.data import digits
from cnncourse.layers import SGD, Conv2d, ConvTranspose2d, MSELoss, ReLU, Sequential

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "cnncourse" / "data" / "results" / "autoencoder.json"
PROGRESS = ROOT / "_build" / "autoencoder.jsonl"
SIZES = (1, 2, 4, 8, 16, 32)
EPOCHS, WARM_UP, BATCH, MOMENTUM, SEEDS = 40, 4, 32, 0.9, 5
LEARNING_RATES = (0.4, 0.8, 1.2, 1.8)
TUNING_SEEDS = (1000, 1001, 1002, 1003)
NOISE, DENOISING_SIZES = 0.3, (16, 32, 64)


def autoencoder(size: int, rng: np.random.Generator) -> tuple[Sequential, Sequential]:
    """Return encoder and decoder around a code of `size` numbers."""
    encoder = Sequential(
        Conv2d(1, 16, 3, stride=2, padding=1, rng=rng),
        ReLU(),
        Conv2d(16, 32, 3, stride=2, padding=1, rng=rng),
        ReLU(),
        Conv2d(32, size, 2, rng=rng),
    )
    decoder = Sequential(
        ConvTranspose2d(size, 32, 2, rng=rng),
        ReLU(),
        ConvTranspose2d(32, 16, 4, stride=2, padding=1, rng=rng),
        ReLU(),
        ConvTranspose2d(16, 1, 4, stride=2, padding=1, rng=rng),
    )
    return encoder, decoder


def images(part: str) -> np.ndarray:
    """Return the digits of a part, shape (N, 1, 8, 8)."""
    return digits(part).images[:, None]


def train(
    size: int, learning_rate: float, seed: int, noise: float = 0.0
) -> tuple[Sequential, Sequential]:
    """Train to give back the images, from images to which noise is added, anew each time."""
    rng = np.random.default_rng(seed)
    encoder, decoder = autoencoder(size, rng)
    network, loss, clean = Sequential(encoder, decoder), MSELoss(), images("train")
    optimizer = SGD(network.parameters(), learning_rate, MOMENTUM)
    for epoch in range(EPOCHS):
        falling = (1 + np.cos(np.pi * epoch / EPOCHS)) / 2
        optimizer.lr = learning_rate * falling * min(1, (epoch + 1) / WARM_UP)
        for batch in np.array_split(rng.permutation(len(clean)), len(clean) // BATCH):
            given = clean[batch]
            if noise:
                given = given + noise * rng.standard_normal(given.shape)
            loss(network(given), clean[batch])
            optimizer.zero_grad()
            network.backward(loss.backward(), input_gradient=False)
            optimizer.step()
    return encoder, decoder


def noisy(part: str) -> np.ndarray:
    """Return the digits of a part with noise that is the same for all methods."""
    clean, seed = images(part), {"validation": 98, "test": 99}[part]
    return clean + NOISE * np.random.default_rng(seed).standard_normal(clean.shape)


def error(encoder: Sequential, decoder: Sequential, part: str, noise: float = 0.0) -> float:
    """Return the mean squared error on a part."""
    given = noisy(part) if noise else images(part)
    return float(np.mean((decoder(encoder(given)) - images(part)) ** 2))


def accuracy(codes: dict[str, np.ndarray]) -> float:
    """Return how often a logistic regression names the test digits right from their codes."""
    flat = {part: values.reshape(len(values), -1) for part, values in codes.items()}
    center, spread = flat["train"].mean(0), flat["train"].std(0)
    model = LogisticRegression(max_iter=5000)
    model.fit((flat["train"] - center) / spread, digits("train").labels)
    right = model.predict((flat["test"] - center) / spread) == digits("test").labels
    return float(right.mean())


@functools.cache
def judge() -> LogisticRegression:
    """Return a classifier that names digits from their pixels."""
    return LogisticRegression(max_iter=3000).fit(
        images("train").reshape(-1, 64), digits("train").labels
    )


def sure(pictures: np.ndarray) -> float:
    """Return the share of pictures of which the judge is more than 90 % sure."""
    return float((judge().predict_proba(pictures.reshape(-1, 64)).max(axis=1) > 0.9).mean())


def random_codes(codes: np.ndarray) -> np.ndarray:
    """Draw 400 codes from the normal distribution with the mean and covariance of the codes."""
    flat = codes.reshape(len(codes), -1)
    rng = np.random.default_rng(5)
    drawn = rng.multivariate_normal(flat.mean(0), np.cov(flat.T).reshape(flat.shape[1], -1), 400)
    return drawn[:, :, None, None]


def components(size: int) -> dict[str, float]:
    """Return test error and accuracy from codes, for principal components."""
    flat = {part: images(part).reshape(-1, 64) for part in ("train", "test")}
    mean = flat["train"].mean(0)
    directions = np.linalg.svd(flat["train"] - mean, full_matrices=False)[2][:size]
    codes = {part: (values - mean) @ directions.T for part, values in flat.items()}
    back = codes["test"] @ directions + mean
    return {"error": float(np.mean((back - flat["test"]) ** 2)), "accuracy": accuracy(codes)}


def tuned(
    progress: Progress,
    sizes: tuple[int, ...],
    rates: tuple[float, ...],
    noise: float,
    seeds: tuple[int, ...],
) -> tuple[int, float]:
    """Return the size and the learning rate whose worst validation error is the best."""

    def worst(setting: tuple[int, float]) -> float:
        found = [
            progress(f"tune {setting} {noise} {seed}", validation_error, *setting, seed, noise)
            for seed in seeds
        ]
        return max(found)

    return min(itertools.product(sizes, rates), key=worst)


def validation_error(size: int, rate: float, seed: int, noise: float) -> float:
    """Train once and return the error on the validation digits; very large if it diverged."""
    with np.errstate(all="ignore"):
        found = error(*train(size, rate, seed, noise), "validation", noise)
    return found if np.isfinite(found) else 1e9


def test_result(size: int, rate: float, seed: int, noise: float) -> dict[str, Any]:
    """Train once and return error and accuracy on the test digits."""
    encoder, decoder = train(size, rate, seed, noise)
    codes = {part: encoder(images(part)) for part in ("train", "test")}
    return {
        "error": error(encoder, decoder, "test", noise),
        "accuracy": accuracy(codes),
        "sure": {
            "returned": sure(decoder(codes["test"])),
            "random": sure(decoder(random_codes(codes["train"]))),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run measured")
    arguments = parser.parse_args()
    if arguments.fresh:
        PROGRESS.unlink(missing_ok=True)
    progress = Progress(PROGRESS, [EPOCHS, WARM_UP, BATCH, MOMENTUM, NOISE])

    def runs(size: int, rate: float, noise: float) -> list[dict[str, Any]]:
        return [
            progress(f"test {size} {rate} {noise} {seed}", test_result, size, rate, seed, noise)
            for seed in range(SEEDS)
        ]

    _, rate = tuned(progress, (8,), LEARNING_RATES, 0.0, TUNING_SEEDS)
    rows = []
    for size in SIZES:
        found = runs(size, rate, 0.0)
        rows.append(
            {
                "size": size,
                "parameters": sum(
                    parameter.data.size
                    for half in autoencoder(size, np.random.default_rng(0))
                    for parameter in half.parameters()
                ),
                "error": [run["error"] for run in found],
                "accuracy": [run["accuracy"] for run in found],
                "sure": {
                    kind: [run["sure"][kind] for run in found] for kind in ("returned", "random")
                },
                "components": components(size),
            }
        )
    denoising_size, _ = tuned(progress, DENOISING_SIZES, (rate,), NOISE, TUNING_SEEDS[:2])
    denoised = runs(denoising_size, rate, NOISE)
    clean = images("train")
    about = {
        "script": "benchmarks/autoencoder.py",
        "seeds": list(range(SEEDS)),
        "epochs": EPOCHS,
        "batch": BATCH,
        "optimizer": "SGD, momentum 0.9, learning rate rising for 4 epochs, falling along a cosine",
        "learning_rate": rate,
        "tried": {"learning_rate": LEARNING_RATES, "denoising_size": DENOISING_SIZES},
        "data": "scikit-learn digits: 1,097 to train, 300 to choose settings, 400 to test",
        "data_sha256": hashlib.sha256(clean.tobytes()).hexdigest(),
        "versions": {"numpy": np.__version__},
        "hardware": f"one thread of {platform.machine()}, {platform.system()}",
    }
    denoising = {
        "noise": NOISE,
        "size": denoising_size,
        "error": [run["error"] for run in denoised],
    }
    found = {
        "about": about,
        "rows": rows,
        "denoising": denoising,
        "sure_of_test_digits": sure(images("test")),
    }
    text = json.dumps(found, indent=1)
    RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
