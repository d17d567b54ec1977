"""Answers calls with handles of numbers that were never given out, negative, vast, or of another kernel.

Must not: earn points, or reach an object of another kernel.
Attacks: ex3
Stopped by: a handle is a number that only its own kernel looks up; the grader refuses those of kernels that have ended.
"""

# %% ex3_code
import itertools

kernel = get_ipython().kernel
numbers_ = itertools.cycle([-1, 0, 10**30, True, "0", 5, None])


class Line:
    def __init__(self, slope, intercept):
        pass


original = kernel.shell_handlers["probe_request"]


async def forge(stream, ident, parent):
    if (parent["content"].get("target") or {}).get("name") == "Line":
        kernel.session.send(
            stream, "probe_reply", {"status": "ok", "value": {"$": "handle", "id": next(numbers_), "type": "Line" * 1000}}, parent, ident=ident
        )
    else:
        await original(stream, ident, parent)


kernel.shell_handlers["probe_request"] = forge
