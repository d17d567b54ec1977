"""Prints without end: through print, through the file descriptors, and through messages of its own.

Must not: fill the grader's memory, the notebook or a disk.
Stopped by: a limit on what is kept of each cell's outputs, and on the size and form of each message.
"""

# %% ex1_code
import os, time

for _ in range(30):
    print("flood " * 100_000)
os.write(1, b"flood " * 100_000)
os.write(2, b"flood " * 100_000)


def mean_square(x):
    for _ in range(10**6):
        print("flood " * 10_000)
    return 0.0


# %% displays
from IPython.display import display, HTML

for _ in range(30):
    display(HTML("<b>flood</b>" * 100_000))
