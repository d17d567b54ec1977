"""Ignores interrupts in Python and in C, in a loop that never gives the interpreter's lock back.

Must not: take more than its time, or cost other questions.
Slow: yes
Stopped by: what does not stop when it is interrupted is killed from outside.
"""

# %% ex1_code
import signal, re


def mean_square(x):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    re.match(r"(a+)+$", "a" * 60 + "b")
