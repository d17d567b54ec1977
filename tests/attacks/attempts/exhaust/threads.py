"""Starts threads without end.

Must not: starve its neighbours.
Stopped by: the limit on processes, which counts threads.
"""

# %% ex1_code
import threading


def mean_square(x):
    while True:
        threading.Thread(target=threading.Event().wait).start()
