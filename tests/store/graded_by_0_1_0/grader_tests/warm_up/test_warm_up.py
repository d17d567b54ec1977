import numpy as np

from sheetgrader import assert_close, criterion


@criterion("ex1", weight=2, hint="Square each entry of the array.")
def test_square(student, rng):
    """square(x) squares each entry."""
    x = rng.normal(size=5)
    assert_close(student.square(x), x**2)


@criterion("ex1", hint="Zero is its own square.")
def test_square_of_zero(student):
    """The square of 0 is 0."""
    assert_close(student.square(np.zeros(3)), np.zeros(3))


@criterion("ex2", hint="The cube of a negative number is negative.")
def test_cube(student, rng, reference):
    """cube(x) is what the reference gives."""
    x = rng.normal(size=4)
    assert_close(student.cube(x), reference.cube(x))
