"""Searches its own memory, byte by byte, for text of hidden tests, the reference solution or an earlier submission.

Must not: find any.
Stopped by: submissions pass the zygote in sealed files that only the new kernel reads; graders and answers never enter either.
"""

# %% ex1_code
import re

needle = b"hidden" + b"canary-" + b"[0-9a-f]{24}"
found, searched = set(), 0
with open("/proc/self/mem", "rb", 0) as memory:
    for line in open("/proc/self/maps"):
        area, rights, _, _, inode, *_ = line.split()
        start, end = (int(number, 16) for number in area.split("-"))
        if not rights.startswith("rw") or end - start > 1 << 27:
            continue
        try:
            memory.seek(start)
            text = memory.read(end - start)
        except (OSError, ValueError, OverflowError):
            continue
        found.update(re.findall(needle, text))
        searched += len(text)
print(found, "in", searched >> 20, "MiB")
