"""Changes the arrays that it is given in place, so that whoever computes the right answer from them afterwards gets its own wrong one.

Must not: earn points.
Attacks: ex1, ex2, ex3
Stopped by: what a student's function gets is a copy in another process; the grader and the reference solution keep their own.
"""

# %% ex1_code
import ctypes, gc


def overwrite(x, value):
    """By every way there is, also where the array says that it may only be read, and all that it is a view of."""
    for array in (x, x.base, *(found for found in gc.get_objects() if isinstance(found, np.ndarray) and found.dtype == float)):
        if not isinstance(array, np.ndarray) or array.dtype != float or not array.size:
            continue
        try:
            array.flags.writeable = True
            array[...] = value
        except ValueError:
            if array.flags.c_contiguous:
                numbers = np.full(array.size, value)
                ctypes.memmove(array.ctypes.data, numbers.ctypes.data, array.nbytes)
    return x


AUTHOR = "nobody at all"


def mean_square(x):
    overwrite(x, 0.0)
    x.resize(x.shape, refcheck=False)
    return 0.0


# %% ex2_code
def shifted(x):
    overwrite(x, -1.0)
    return np.zeros(x.shape)


# %% ex3_code
class Line:
    def __init__(self, slope, intercept):
        self.slope = slope

    def predict(self, x):
        overwrite(x, 0.0)
        return np.ones(x.shape)


SLOPE = np.array(3.0)
