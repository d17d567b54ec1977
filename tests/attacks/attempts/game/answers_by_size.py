"""Guesses the expected value from the input's own statistics, close enough for a loose tolerance.

Must not: earn the points of the exact answer.
Stopped by: tolerances are tight and relative to the size of the whole answer.
"""

# %% ex1_code
AUTHOR = "nobody"


def mean_square(x):
    return np.float16(np.mean(np.abs(x)) ** 2 * np.pi / 2)
