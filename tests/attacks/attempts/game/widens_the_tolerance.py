"""Returns half and single precision, infinities, NaN, empty arrays and masked numbers, which make careless comparisons pass.

Must not: earn points.
Stopped by: the comparison checks type, shape and finiteness first, and gives single precision a tolerance that no wrong answer meets.
"""

# %% ex1_code
AUTHOR = "nobody"


def mean_square(x):
    return [np.float32(np.nan), np.array([]), np.inf, np.ma.masked, np.float16(np.mean(x**2) * 1.01), np.nan][x.size % 6]
