"""Returns objects whose class, metaclass and abstract base classes say that they are floats, arrays and every other type.

Must not: earn points.
Attacks: ex1, ex3
Stopped by: a value is sent by what its type is to the interpreter; where a grader asks for a type, that was decided on the other side.
"""

# %% ex1_code
import collections.abc, numbers


class Agreeing(type):
    def __instancecheck__(cls, other):
        return True

    def __subclasscheck__(cls, other):
        return True

    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return hash(float)

    __name__ = "float"


class Liar(metaclass=Agreeing):
    __module__ = "builtins"

    @property
    def __class__(self):
        return float

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


class LyingArray(Liar):
    shape, dtype = (), np.dtype(float)

    @property
    def __class__(self):
        return np.ndarray


class Registered(str):
    """By the abstract base classes, a number, a list and a dict at once."""

    @property
    def __class__(self):
        return np.float64


for base in (numbers.Real, numbers.Integral, collections.abc.Sequence, collections.abc.Mapping):
    base.register(Registered)
AUTHOR = type("str", (Liar,), {"__class__": property(lambda self: str), "__str__": lambda self: "a group of three"})()


def mean_square(x):
    return LyingArray() if len(x) == 5 else Liar() if len(x) == 8 else Registered("0.0")


# %% ex3_code
Line, SLOPE = Liar, Liar()
