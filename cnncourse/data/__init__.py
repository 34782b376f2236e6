"""Pictures for the chapters: photographs that ship inside scikit-image and scikit-learn.

Nothing here needs the network.
"""

from cnncourse.data._photographs import PHOTOGRAPHS, Photograph, photograph

__all__ = ["PHOTOGRAPHS", "Photograph", "photograph"]
