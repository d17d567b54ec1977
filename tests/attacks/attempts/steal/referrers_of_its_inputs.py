"""Follows who refers to its inputs, to its own functions and to the message that asks, back to a test, a key or the next question.

Must not: find any.
Stopped by: what asks is a message, which is forgotten when it is read; nothing in the kernel knows what comes next, or the key of its inputs.
"""

# %% ex1_code
import gc, inspect, os

needle = "hidden" + "canary-"


def everything_around(*start, most=20_000):
    """Yield what refers to ``start``, in however many steps, and what they are made of."""
    seen, queue = set(), list(start)
    while queue and len(seen) < most:
        thing = queue.pop()
        if id(thing) in seen or thing is seen or thing is queue:
            continue
        seen.add(id(thing))
        yield thing
        # Who refers to something is found by a search of everything.
        queue += (gc.get_referrers(thing)[:50] if len(seen) < 8 else []) + gc.get_referents(thing)[:50]


def mean_square(x):
    found = []
    for thing in everything_around(x, mean_square, inspect.currentframe().f_back):
        if isinstance(thing, str | bytes) and thing is not needle:
            text = thing.decode("latin-1") if isinstance(thing, bytes) else thing
            if needle in text:
                found.append(text)
            elif any(word in text for word in ("course_secret", "def test_", "EXPECTED_BUT_NEVER_SENT")) and "everything_around" not in text:
                found.append(text[:200])
    print(found, [name for name in os.environ if "SECRET" in name or "KEY" in name])
    return found[0] if found else 0.0
