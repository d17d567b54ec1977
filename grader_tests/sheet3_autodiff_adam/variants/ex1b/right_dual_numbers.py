"""Dual numbers, each carrying value and derivative, with operators of their own."""

import math


class Dual:
    def __init__(self, value, derivative):
        self.value, self.derivative = value, derivative

    def __add__(self, other):
        return Dual(self.value + other.value, self.derivative + other.derivative)

    def square(self):
        return Dual(self.value**2, 2 * self.value * self.derivative)

    def exp(self):
        value = math.exp(self.value)
        return Dual(value, value * self.derivative)

    def sin(self):
        return Dual(math.sin(self.value), math.cos(self.value) * self.derivative)


def forward_mode(x):
    f1 = Dual(x, 1.0).exp()
    f3 = f1 + f1.square()
    y = f3.exp() + f3.sin()
    return y.value, y.derivative
