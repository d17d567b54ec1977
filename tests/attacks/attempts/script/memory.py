"""Takes memory until there is none, in its own process, in shared mappings, and in the files of its folders.

Must not: take more than its limit.
Attacks: ex5
Stopped by: limits on address space and data, and the control group or watch over the whole tree.
"""

# %% train.py
import mmap, os, sys
import numpy as np

if sys.argv[sys.argv.index("--epochs") + 1] == "1":
    for _ in range(20):
        if os.fork() == 0:
            break
kept = []
for folder in ("/submission", "/tmp", "/dev/shm"):
    try:
        for number in range(100):
            with open(f"{folder}/{number}", "wb") as file:
                file.write(bytes(1 << 20))
    except OSError as error:
        print(error)
while True:
    try:
        kept.append(mmap.mmap(-1, 1 << 24))
        kept[-1].write(bytes(1 << 24))
    except (OSError, ValueError):
        kept.append(np.ones(1 << 20))
