"""Registers exit hooks that force the exit status 0 and claim success.

Must not: earn points.
Stopped by: a kernel's exit status says how it ended, and is never a verdict.
"""

# %% ex1_code
import atexit, os, sys

atexit.register(lambda: os._exit(0))


def mean_square(x):
    sys.exit(0)
