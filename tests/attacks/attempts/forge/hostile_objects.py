"""Returns objects that would run code or lie when they are copied, printed, compared or pickled on the other side.

Must not: run anything on the trusted side, or earn points.
Stopped by: the wire: only plain data crosses; everything else becomes a number and the name of its type.
"""

# %% ex1_code
import os, json

targets = json.load(open("targets.json"))


class Lazy(float):
    def __reduce__(self):
        return os.system, (f"touch {targets['tripwire']}",)

    def __getattr__(self, name):
        raise SystemExit

    def __float__(self):
        return 1.0

    def __repr__(self):
        os.system(f"touch {targets['tripwire']}")
        return "1.0"

    __str__ = __repr__

    def __array__(self, *arguments, **keywords):
        os._exit(3)


def mean_square(x):
    return Lazy(1.0)
