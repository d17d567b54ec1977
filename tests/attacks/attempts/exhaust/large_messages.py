"""Displays a hundred megabytes at once, and returns a value as large.

Must not: fill the grader's memory, or cost other questions.
Stopped by: a limit on the size of each message: one over it ends the kernel's connection.
"""

# %% ex1_code
from IPython.display import display


def mean_square(x):
    if x.size == 17:
        return np.zeros(10**7)
    if x.size == 5:
        return "x" * 10**8
    return [0.0] * 10**6


# %% displays
display({"text/plain": "x" * 10**8}, raw=True)
