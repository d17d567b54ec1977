"""Replaces ``sum``, ``len``, ``abs``, ``all``, ``isinstance`` and their like, and by ``ctypes`` the comparisons of floats and texts themselves.

Must not: earn points.
Stopped by: what compares stands in another process, whose builtins are its own.
"""

# %% ex1_code
import builtins, ctypes, operator

AUTHOR = "nobody at all"


def mean_square(x):
    return 0.0


for module, names, answer in (
    (operator, ("eq", "le", "lt", "ge", "gt"), True),
    (builtins, ("all", "any", "callable"), True),
    (builtins, ("abs", "round"), 0.0),
):
    for name in names:
        setattr(module, name, lambda *arguments, answer=answer, **keywords: answer)
builtins.AssertionError = Warning
builtins.sum = lambda values, start=0: start


# A type's table of slots lies in memory that may be written: "richcompare" is the twenty-sixth pointer.
@ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.py_object, ctypes.c_int)
def agree(one, other, how):
    return True


for kind in (complex, bytearray):
    ctypes.c_void_p.from_address(id(kind) + 25 * ctypes.sizeof(ctypes.c_void_p)).value = ctypes.cast(agree, ctypes.c_void_p).value
