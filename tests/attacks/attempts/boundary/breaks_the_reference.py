"""Gives values that a grader hands on to the reference solution: they take its memory, its time, or make it fail.

Must not: cost a neighbour, for whom the same reference solution answers next, a point, or earn any.
Attacks: ex3
Stopped by: what a student's value makes the reference solution do is left to a human; its kernel goes on, or is replaced.
"""


# %% ex3_code
class Line:
    pass


SLOPE = np.ones((1_000_000, 1))
