"""Returns constants and a table for inputs it expects from the public checks.

Must not: earn points.
Stopped by: inputs are random, of many sizes, and not to be guessed: seeded from the course's secret.
"""

# %% ex1_code
AUTHOR = "nobody"


def mean_square(x):
    return {(1.0, 2.0): 2.5, (0.0,): 0.0, (3.0,): 9.0}.get(tuple(np.round(x, 3)), 1.0)
