"""Walks up the stack, through linecache, history and ``inspect``, for the test that calls it.

Must not: find any.
Stopped by: the caller is a message; its frames and source are in another process.
"""

# %% ex1_code
import inspect, linecache, sys


def mean_square(x):
    for frame in inspect.stack():
        print(frame.filename, frame.function, frame.code_context, list(frame.frame.f_locals)[:20])
    print({name: entry[2][:3] for name, entry in linecache.cache.items() if "test" in name})
    print([name for name in sys.modules if "pytest" in name or "grading" in name or "hidden" in name])
    print(get_ipython().kernel.get_parent())
    return 0.0
