"""What judges question 1. Students read each test's docstring, and the hint where they lose it."""

import numpy as np

from sheetgrader import assert_arguments_unchanged, assert_close, criterion


@criterion("ex1", weight=2, hint="Subtract the mean, and divide by the standard deviation, np.std.")
def test_scores(student, rng):
    """The scores have mean 0 and standard deviation 1, in the order of x."""
    x = rng.normal(3, 2, size=20)
    assert_close(student.standardize(x), (x - x.mean()) / x.std(), scale=1)


@criterion("ex1", requires="test_scores", hint="What is the standard deviation of [3, 3, 3]?")
def test_equal_numbers(student):
    """Where all numbers are equal, every score is 0."""
    assert_close(student.standardize(np.full(4, 3.0)), np.zeros(4), scale=1)


@criterion("ex1", requires="test_scores", hint="Work on a copy.")
def test_argument_stays(student, rng):
    """`standardize` does not change its argument."""
    assert_arguments_unchanged(student.standardize, rng.normal(size=6))
