"""np.exp and np.sin call the methods of dual numbers; a list comes back."""

import numpy as np


class Dual:
    def __init__(self, value, derivative=1.0):
        self.parts = np.array([value, derivative])

    def exp(self):
        outer = np.exp(self.parts[0])
        return Dual(outer, outer * self.parts[1])

    def sin(self):
        return Dual(np.sin(self.parts[0]), np.cos(self.parts[0]) * self.parts[1])

    def __mul__(self, other):
        return Dual(self.parts[0] * other.parts[0], self.parts[0] * other.parts[1] + self.parts[1] * other.parts[0])

    def __add__(self, other):
        return Dual(self.parts[0] + other.parts[0], self.parts[1] + other.parts[1])


def forward_mode(x):
    f1 = np.exp(Dual(x))
    f3 = f1 + f1 * f1
    return list((np.exp(f3) + np.sin(f3)).parts)
