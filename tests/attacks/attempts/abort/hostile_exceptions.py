"""Raises exceptions whose text, name, cause and traceback run code, hang, raise or have no end.

Must not: run anything on the trusted side, or stop the grading.
Stopped by: exceptions cross as short texts that the probe makes; what cannot be told is left out.
"""

# %% ex1_code
import os


class Hostile(Exception):
    def __str__(self):
        os._exit(0) if self.args[0] > 6 else None
        raise SystemExit

    __repr__ = __str__

    @property
    def __cause__(self):
        raise MemoryError

    @property
    def __traceback__(self):
        raise KeyboardInterrupt


class Endless(Exception):
    def __str__(self):
        return "x" * 10**8


def mean_square(x):
    if x.size == 17:
        raise Hostile(1)
    if x.size == 5:
        raise Endless
    raise Hostile(9)
