"""Returns what computes only when somebody looks: generators, lazy arrays, properties and tensors that do the work while they are sent.

Must not: earn points.
Attacks: ex1, ex2, ex3
Stopped by: a call's clock runs until its answer has been sent; what does its work when it is looked at does it within that time.
"""

# %% ex1_code
import time

AUTHOR = "nobody at all"


class Lazy(np.ndarray):
    """An array that is filled, slowly, when it is read."""

    def _work(self):
        time.sleep(3)
        return np.zeros(self.shape)

    def __array__(self, *arguments, **keywords):
        return self._work()

    def tobytes(self, *arguments):
        return self._work().tobytes()

    def astype(self, *arguments, **keywords):
        return self._work()

    def __array_finalize__(self, parent):
        if parent is not None:
            time.sleep(3)

    __copy__ = copy = __deepcopy__ = astype


class Awaited:
    def __await__(self):
        yield from ()

    def __call__(self):
        return 0.0

    def __getattr__(self, name):
        time.sleep(3)
        return 0.0


def mean_square(x):
    if len(x) == 17:
        return Awaited()
    if len(x) == 5:
        return (value for value in [float(np.mean(x**2))])
    return lambda: np.mean(x**2)


# %% ex2_code
def shifted(x):
    return x.view(Lazy)


# %% ex3_code
class Line:
    def __init__(self, slope, intercept):
        pass

    @property
    def slope(self):
        time.sleep(3)
        return 2.0

    async def predict(self, x):
        return 2 * x + 1


SLOPE = Awaited()
