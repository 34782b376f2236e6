"""Choose the settings of a training, in one way for all networks that are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

Settings = TypeVar("Settings")


def best_by_the_worse_seed(
    grid: Iterable[Settings], score: Callable[[Settings, int], float], seeds: Sequence[int]
) -> tuple[Settings, list[float]]:
    """Return the settings whose worst score over all seeds is the best, and these scores.

    Settings that did worse with the first seed than others with all of them cannot be chosen any
    more: for them the other seeds are left out, which changes nothing but the time.

    Parameters
    ----------
    grid
        What to choose from; on a tie the first with the better first score wins.
    score
        `score(settings, seed)`, larger is better.
    seeds
        The seeds to try all settings with.

    Examples
    --------
    The second seed tells the steady settings from the lucky ones.

    >>> scores = {"steady": [0.96, 0.95], "lucky": [0.97, 0.60], "poor": [0.90, 0.90]}
    >>> best_by_the_worse_seed(scores, lambda name, seed: scores[name][seed], (0, 1))
    ('steady', [0.96, 0.95])
    """
    first, *others = seeds
    tried = [(settings, [score(settings, first)]) for settings in grid]
    best: tuple[Settings, list[float]] | None = None
    for settings, scores in sorted(tried, key=lambda pair: -pair[1][0]):
        if best is not None and scores[0] <= min(best[1]):
            break
        scores = scores + [score(settings, seed) for seed in others]
        if best is None or min(scores) > min(best[1]):
            best = settings, scores
    if best is None:
        raise ValueError("best_by_the_worse_seed: the grid is empty")
    return best
