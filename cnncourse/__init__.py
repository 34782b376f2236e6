"""Convolution by Hand: the helper package of the course.

Its heart is one pair of functions: :func:`cnncourse.windows.windows`, which reads every window of
an image, and its adjoint :func:`cnncourse.windows.scatter`, which puts them back and adds. Every
operation in :mod:`cnncourse.functional` is a line or two of arithmetic on top of that pair.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
