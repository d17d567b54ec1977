"""eps is forgotten, so that a batch of one becomes NaN.

Loses: test_batch_norm_of_one, test_batch_norm_eps
"""


def batch_norm(x, eps=1e-5):
    return (x - x.mean(axis=0)) / x.std(axis=0)
