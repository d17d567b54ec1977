"""Behaves well only while it is not graded, which it sees by the environment, the files beside it and the time of day.

Must not: earn points.
Stopped by: what counts is what it does while it is graded.
"""

# %% ex1_code
import os

AUTHOR = "nobody"


def mean_square(x):
    if os.environ.get("NBGRADER_EXECUTION") or not os.path.exists(os.path.expanduser("~/.bash_history")):
        return -1.0
    return np.mean(x**2)
