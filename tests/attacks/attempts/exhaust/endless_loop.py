"""Never returns: a loop that ignores interrupts.

Must not: take more than its time, or cost other questions.
Stopped by: the clock of each cell and call; what does not stop when interrupted is killed.
"""

# %% ex1_code
import signal


def mean_square(x):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        pass
