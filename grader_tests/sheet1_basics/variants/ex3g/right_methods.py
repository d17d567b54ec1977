"""Methods of an object, in an ordered dictionary."""

from collections import OrderedDict


class Parabola:
    def __init__(self, curvature, lowest):
        self.curvature, self.lowest = curvature, lowest

    def value(self, x):
        return [self.curvature * (x - self.lowest) ** 2 / 2]

    def slope(self, x):
        return (self.curvature * (x - self.lowest),)

    def bend(self, x):
        return self.curvature


def newton_example():
    parabola = Parabola(0.001, -20)
    return OrderedDict(f=parabola.value, gradient=parabola.slope, hessian=parabola.bend, start=100.0, name="a flat parabola")
