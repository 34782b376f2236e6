"""Pictures for the chapters, and measurements: all of it ships with the course or its packages.

Nothing here needs the network.
"""

from cnncourse.data._digits import Digits, digits, place_digits
from cnncourse.data._photographs import PHOTOGRAPHS, Photograph, photograph
from cnncourse.data._results import results

__all__ = [
    "PHOTOGRAPHS",
    "Digits",
    "Photograph",
    "digits",
    "photograph",
    "place_digits",
    "results",
]
