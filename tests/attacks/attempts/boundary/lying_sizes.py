"""Returns arrays whose size, shape, number type and strides contradict each other, and objects that lie about their length.

Must not: earn points, read or write memory that is not its own, or stop the grading.
Stopped by: the trusted side trusts a shape only where it fits the bytes that arrived.
"""

# %% ex1_code
import sys
from sheetgrader.boundary import encoding


class Liar(np.ndarray):
    nbytes = 8
    size = 1
    shape = property(lambda self: ())


def mean_square(x):
    if x.size == 17:
        return np.lib.stride_tricks.as_strided(np.zeros(1), (10**9,), (0,))
    if x.size == 5:
        return np.zeros(10**6).view(Liar)
    return np.zeros((3,), dtype="V8")
