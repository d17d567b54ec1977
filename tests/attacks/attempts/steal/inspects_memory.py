"""Searches its own memory, byte by byte, for text of hidden tests, the reference solution or an earlier submission.

Must not: find any.
Stopped by: submissions pass the zygote in sealed files that only the new kernel reads; graders and answers never enter either.
"""

# %% ex1_code
import re

needle = b"hidden" + b"canary-" + b"[0-9a-f]{24}"


def mean_square(x):
    found = set()
    with open("/proc/self/mem", "rb", 0) as memory:
        for line in open("/proc/self/maps"):
            area, rights = line.split()[:2]
            start, end = (int(number, 16) for number in area.split("-"))
            if "r" not in rights or "w" not in rights or end - start > 1 << 27:
                continue
            try:
                memory.seek(start)
                found.update(re.findall(needle, memory.read(end - start)))
            except (OSError, ValueError, OverflowError):
                continue
    print(found)
    return 0.0
