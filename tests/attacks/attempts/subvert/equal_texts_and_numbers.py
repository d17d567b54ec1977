"""Returns texts, numbers and tuples of classes of its own, each of which is equal to whatever it is held against.

Must not: earn points.
Stopped by: values are sent as the plain text or number that they are underneath; what an object's own methods say is not asked.
"""


# %% ex1_code
def agreeing(base):
    methods = {name: lambda self, other: True for name in ("__eq__", "__ge__", "__le__", "__gt__", "__lt__")}
    methods |= {"__ne__": lambda self, other: False, "__hash__": lambda self: hash("a group of three")}
    for name in ("__sub__", "__rsub__", "__truediv__", "__rtruediv__"):
        methods[name] = lambda self, other: 0.0
    return type(base.__name__, (base,), methods)


Text, Float, Whole, Double, Pair = (agreeing(base) for base in (str, float, int, np.float64, tuple))
AUTHOR = Text("nobody at all")
asked = 0


def mean_square(x):
    global asked
    asked += 1
    return (Float(0.0), Double(0.0), Whole(0), Pair((0.0,)), Float("nan"))[asked % 5]
