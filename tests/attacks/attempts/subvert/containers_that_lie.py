"""Returns lists, dicts and tuples of classes of its own that show other entries to each who asks, and one that holds itself.

Must not: earn points.
Attacks: ex2, ex3
Stopped by: entries are read once, by the container's own type and without its methods, and within bounds of number and depth.
"""

# %% ex2_code
import collections


class Rows(list):
    def __iter__(self):
        return iter([[0.0] * 3] * 4)

    def __len__(self):
        return 4

    def __getitem__(self, place):
        return [0.0] * 3

    def __eq__(self, other):
        return True


class Names(dict):
    def items(self):
        return [("__ndarray__", 0), ("handle", 1)]

    def __missing__(self, name):
        return Names()

    def __eq__(self, other):
        return True


itself = []
itself.append(itself)
Table = collections.namedtuple("Table", "shape dtype data")
answers = [Rows(), Names(shape=(4, 3)), itself, Table((4, 3), "float64", bytes(96)), collections.UserList([Rows()] * 4)]


def shifted(x):
    answers.append(answers.pop(0))
    return answers[-1]


# %% ex3_code
class Line(Names):
    def __init__(self, slope, intercept):
        self.slope = Names()

    def predict(self, x):
        return Rows()


SLOPE = Rows()
