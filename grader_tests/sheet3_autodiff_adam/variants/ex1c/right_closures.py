"""Objects that know how to propagate their adjoint, with the methods of NumPy."""

import numpy as np


class Variable:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.adjoint = np.float64(value), parents, 0.0

    def __add__(self, other):
        return Variable(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __pow__(self, power):
        return Variable(self.value**power, ((self, power * self.value ** (power - 1)),))

    def exp(self):
        result = Variable(np.exp(self.value))
        result.parents = ((self, result.value),)
        return result

    def sin(self):
        return Variable(np.sin(self.value), ((self, np.cos(self.value)),))


def reverse_mode(x):
    x = Variable(x)
    f1 = x.exp()
    f2 = f1**2
    f3 = f1 + f2
    f4, f5 = f3.exp(), f3.sin()
    y = f4 + f5
    y.adjoint = 1.0
    for node in (y, f5, f4, f3, f2, f1):
        for parent, slope in node.parents:
            parent.adjoint += slope * node.adjoint
    return y.value, x.adjoint
