"""Answers a question correctly only after its test cell, and asks for the test again by running cells from code.

Must not: earn points.
Stopped by: a question is judged once, when its cell is reached, by the trusted side.
"""


# %% ex2_code
def mean_square(x):
    return np.mean(np.square(x))


AUTHOR = "a group of three"


def shifted(x):
    return x + 1


get_ipython().kernel.shell.run_cell("# judged by hidden graders", store_history=True)
