"""Returns values that are small on the wire and large as arrays: texts of unequal length, repeated buffers, empty arrays of vast shape.

Must not: fill the grader's memory, or stop the grading.
Stopped by: texts never become arrays; buffers count each time they are named; shapes are checked.
"""


# %% ex1_code
def mean_square(x):
    if x.size == 17:
        return ["x" * 3_000_000] + [""] * 3_000
    if x.size == 5:
        return [np.zeros(0)] * 50_000
    return np.empty((0, 2**40))
