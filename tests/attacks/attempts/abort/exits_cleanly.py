"""Calls ``sys.exit(0)`` inside the function that is judged.

Must not: earn points, or cost other questions.
Stopped by: the probe catches everything; whatever ends a call is an outcome of that call.
"""

# %% ex1_code
import sys


def mean_square(x):
    sys.exit(0)
