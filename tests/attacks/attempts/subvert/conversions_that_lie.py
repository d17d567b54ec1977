"""Returns objects that turn into another array each time they are asked: by ``__array__``, the array interface, a buffer, DLPack and ``__float__``.

Must not: earn points.
Attacks: ex1, ex2
Stopped by: what is no plain value crosses as the name of its type; what is one is copied once, and the copy is judged.
"""

# %% ex1_code
import itertools

asked = itertools.count()


class Turning:
    """Zeros at first, then whatever whoever asks brings along."""

    __array_priority__ = 1e9
    shape, dtype, ndim, size = (4, 3), np.dtype(float), 2, 12

    def __array__(self, *arguments, **keywords):
        next(asked)
        return np.zeros(self.shape).view(Always)

    @property
    def __array_interface__(self):
        return {**np.zeros(self.shape).__array_interface__, "version": 3}

    def __float__(self):
        return float(next(asked))

    def __complex__(self):
        return complex(next(asked))

    def __index__(self):
        return next(asked)

    def __dlpack__(self, **keywords):
        return np.zeros(self.shape).__dlpack__()

    def __dlpack_device__(self):
        return (1, 0)

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        return np.True_

    def __array_function__(self, function, types, arguments, keywords):
        return True

    def __eq__(self, other):
        return np.ones(self.shape, bool).view(Always)


class Always(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        return np.True_

    def __array_finalize__(self, parent):
        if self.flags.writeable and self.dtype == float:
            self[...] = next(asked)

    def __reduce__(self):
        return print, ("SUCCEEDED",)

    @property
    def shape(self):
        return (4, 3)

    def tobytes(self, *arguments):
        return bytes(96)


AUTHOR = Turning()


def mean_square(x):
    return Turning() if len(x) == 17 else np.zeros(()).view(Always)


# %% ex2_code
def shifted(x):
    return (Turning(), memoryview(np.zeros((4, 3))), np.ma.masked_all((4, 3)), np.zeros((4, 3)).view(Always))[next(asked) % 4]
