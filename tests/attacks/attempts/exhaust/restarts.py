"""Lets every call end its kernel after long cells, so that all cells run again and again.

Must not: take more than its time.
Slow: yes
Stopped by: a clock over the whole submission.
"""

# %% before
import time

time.sleep(3)
# %% more
time.sleep(3)
# %% ex1_code
import os


def mean_square(x):
    os._exit(0)
