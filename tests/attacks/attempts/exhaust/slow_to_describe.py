"""Returns wrong values that take long to put into words: a hundred thousand arrays, texts and numbers, nested.

Must not: keep the grader busy.
Stopped by: only the beginning of a value is described.
"""


# %% ex1_code
def mean_square(x):
    if x.size == 17:
        return [1, *[np.arange(8.0)] * 49_000]
    if x.size == 5:
        return {str(number): np.arange(4.0) for number in range(30_000)}
    return [[2**4000] * 3_000, "\x00" * 1_000_000]


AUTHOR = "\n".join(str(number) for number in range(200_000))
