"""A small tape: every operation appends how its adjoint is handed on."""

import math


def reverse_mode(x):
    values, tape = [x], []

    def record(value, *parents):
        values.append(value)
        tape.append((len(values) - 1, parents))
        return len(values) - 1

    def exp(i):
        value = math.exp(values[i])
        return record(value, (i, value))

    def square(i):
        return record(values[i] ** 2, (i, 2 * values[i]))

    def sin(i):
        return record(math.sin(values[i]), (i, math.cos(values[i])))

    def add(i, j):
        return record(values[i] + values[j], (i, 1.0), (j, 1.0))

    f1 = exp(0)
    f3 = add(f1, square(f1))
    y = add(exp(f3), sin(f3))
    adjoint = [0.0] * len(values)
    adjoint[y] = 1.0
    for node, parents in reversed(tape):
        for parent, slope in parents:
            adjoint[parent] += adjoint[node] * slope
    return values[y], adjoint[0]
