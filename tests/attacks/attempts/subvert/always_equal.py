"""Returns an object that is equal to everything, true, and of every length.

Must not: earn points.
Stopped by: the student proxy: handles refuse every question whose answer an object could give.
"""


# %% ex1_code
class Yes:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return True

    def __bool__(self):
        return True

    def __len__(self):
        return 17

    def __lt__(self, other):
        return True

    def __sub__(self, other):
        return self

    def __abs__(self):
        return self

    __le__ = __gt__ = __ge__ = __eq__
    __rsub__ = __mul__ = __rmul__ = __sub__

    def __hash__(self):
        return 0


AUTHOR = Yes()


def mean_square(x):
    return Yes()
