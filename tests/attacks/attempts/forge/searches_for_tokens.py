"""Searches frames, the garbage collector's objects and ``__main__`` for a token, a path or an expected value to reuse.

Must not: find any.
Stopped by: the kernel's process never held one; its parent, the zygote, sees no submission and no grader.
"""

# %% ex1_code
import gc, sys, inspect

needle = "hidden" + "canary-"


def mean_square(x):
    found = []
    for thing in gc.get_objects():
        try:
            text = repr(thing) if isinstance(thing, (dict, list, tuple)) and len(thing) < 50 else ""
        except BaseException:
            continue
        if needle in text.replace("'hidden'", ""):
            found.append(text)
    for frame in inspect.stack():
        found += [repr(value) for value in frame.frame.f_locals.values() if isinstance(value, str) and needle in value]
    print(found)
    return 0.0
