"""Flips a coin in every call, and gives the right answer where it falls right, in the hope that one of many gradings goes
well.

Must not: earn points without a person's doing.
Remarked: ex1 is unstable
Stopped by: the same answer gets the same inputs; a verdict that is another one then is held back, and both are kept.
"""

# %% ex1_code
import os

AUTHOR = "nobody"


def mean_square(x):
    return np.mean(x**2) if os.urandom(1)[0] < 128 else 0.0
