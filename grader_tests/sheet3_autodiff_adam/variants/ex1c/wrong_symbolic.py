"""sympy differentiates.

Loses: test_reverse_mode_carries_adjoints_back
"""

import sympy

symbol = sympy.Symbol("x")
formula = sympy.exp(sympy.exp(symbol) + sympy.exp(symbol) ** 2) + sympy.sin(sympy.exp(symbol) + sympy.exp(symbol) ** 2)
slope = sympy.diff(formula, symbol)


def reverse_mode(x):
    return float(formula.subs(symbol, x)), float(slope.subs(symbol, x))
