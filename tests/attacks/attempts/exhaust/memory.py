"""Takes memory until there is none: in one piece, in many pieces, and in many processes.

Must not: take more than its limit.
Stopped by: limits on address space and data of each process, and the control group or watch over the whole tree.
"""

# %% ex1_code
import os


def mean_square(x):
    if x.size == 17:
        return np.ones(10**11)
    if x.size == 5:
        for _ in range(20):
            if os.fork() == 0:
                break
    kept = []
    while True:
        kept.append(np.ones(1 << 20))
