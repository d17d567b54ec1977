"""Chooses its own slope so that the reference solution, which is given it, comes to what the group returns for everything: NaN, infinity, and numbers that overflow.

Must not: earn points.
Attacks: ex3
Stopped by: NaN equals nothing and infinity is no answer, whoever computed it; a grader that takes a group's values chooses which.
"""

# %% ex3_code
slopes = [float("nan"), float("inf"), 1e308, np.float64("-inf"), 10**400]
SLOPE = slopes[0]


class Line:
    def __init__(self, slope, intercept):
        self.slope = SLOPE

    def predict(self, x):
        return np.full(x.shape, SLOPE)
