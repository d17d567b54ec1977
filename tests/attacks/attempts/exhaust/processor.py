"""Keeps forty processes busy for as long as its kernel lives, to slow its neighbours down until their time is over.

Must not: change a neighbour's score.
Stopped by: a session of its own for each kernel, among which the operating system divides the processors, and clocks with room.
"""

# %% ex1_code
import os

for _ in range(30):
    try:
        if os.fork() == 0:
            while True:
                pass
    except OSError:
        break
