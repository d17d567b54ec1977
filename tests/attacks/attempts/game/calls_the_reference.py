"""Imports, calls or reads the reference solution, and the sheet's own solutions from likely places.

Must not: find it.
Stopped by: the reference solution runs in a sandbox of its own and lies in none that a student's code can see.
"""

# %% ex1_code
import importlib, os, sys


def mean_square(x):
    for name in ("reference", "solution", "solutions", "attacked", "source", "hidden_helpers", "test_hidden"):
        try:
            return importlib.import_module(name).mean_square(x)
        except Exception as error:
            print(type(error).__name__)
    return 0.0


sys.path += ["..", "../..", "../../source/attacked", "/source", os.getcwd()]
