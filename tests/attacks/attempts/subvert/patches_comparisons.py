"""Replaces ``np.allclose``, ``np.testing`` and unittest's assertions by functions that always agree.

Must not: earn points.
Stopped by: the grader compares in its own process with its own libraries.
"""

# %% ex1_code
import numpy.testing, unittest, math, builtins

for module, names in (
    (np, ("allclose", "isclose", "array_equal")),
    (np.testing, ("assert_allclose", "assert_array_equal", "assert_equal")),
    (math, ("isclose",)),
):
    for name in names:
        setattr(module, name, lambda *arguments, **keywords: True)
for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *arguments, **keywords: None)
builtins.abs = lambda x: 0
