"""Sends SIGKILL and SIGSTOP to itself, its parent, its group and every process there is.

Must not: reach a process outside its sandbox.
Stopped by: the process namespace: its parent and all others have no number there.
"""

# %% ex1_code
import os, signal


def mean_square(x):
    for target in (os.getppid(), 0, -1, *range(2, 300)):
        for number in (signal.SIGKILL, signal.SIGSTOP):
            try:
                if target != os.getpid():
                    os.kill(target, number)
            except OSError:
                pass
    os.kill(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGSTOP)
    return 0.0
