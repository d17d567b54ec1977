"""Seeds NumPy's generators with likely seeds and looks for the one that gives the inputs, to know what comes next.

Must not: find it, or earn points.
Stopped by: the seed has 64 bits from a keyed hash of the course's secret, the group, the criterion and the answer.
"""


# %% ex1_code
def mean_square(x):
    for seed in [*range(2000), 12345, 20240101, 0xDEADBEEF]:
        if np.allclose(np.random.default_rng(seed).normal(size=x.size), x) or np.allclose(np.random.RandomState(seed).normal(size=x.size), x):
            print("SUCCEEDED", seed)
            return np.mean(x**2)
    return 0.0
