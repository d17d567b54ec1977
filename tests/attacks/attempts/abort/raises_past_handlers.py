"""Raises KeyboardInterrupt, GeneratorExit, SystemExit and an exception group of them, past handlers for ordinary exceptions.

Must not: end more than the call.
Stopped by: the probe catches BaseException, and an answer that says "interrupted" costs the call.
"""


# %% ex1_code
def mean_square(x):
    if x.size == 17:
        raise KeyboardInterrupt
    if x.size == 5:
        raise GeneratorExit
    raise BaseExceptionGroup("all", [SystemExit(0), KeyboardInterrupt()])
