"""Pictures for the chapters, and measurements.

What the chapters need ships with the course or its packages, and needs no network: digits,
photographs, results. The large data sets (MNIST, Fashion-MNIST, CIFAR-10) are fetched when first
asked for, checked, and kept.
"""

from cnncourse.data._datasets import LabeledImages, cifar10, fashion_mnist, is_cached, mnist
from cnncourse.data._digits import Digits, digits, place_digits
from cnncourse.data._downloads import DataError, cache_folder
from cnncourse.data._photographs import PHOTOGRAPHS, Photograph, photograph
from cnncourse.data._results import results

__all__ = [
    "PHOTOGRAPHS",
    "DataError",
    "Digits",
    "LabeledImages",
    "Photograph",
    "cache_folder",
    "cifar10",
    "digits",
    "fashion_mnist",
    "is_cached",
    "mnist",
    "photograph",
    "place_digits",
    "results",
]
