"""Ends its process at once, with ``os._exit(0)``, a crash in C and by closing every file descriptor.

Must not: earn points, or cost other questions.
Stopped by: the trusted side sees the end of a process by itself, and goes on with a fresh kernel.
"""

# %% ex1_code
import os, ctypes


def mean_square(x):
    if x.size == 17:
        os._exit(0)
    if x.size == 5:
        ctypes.string_at(0)
    os.closerange(0, 4096)
