"""Takes linear kernels.

Loses: test_two_machines_with_rbf_kernels, test_machines_have_their_penalties
"""

def fit_svms(X, y):
    return {c: SVC(C=c, kernel="linear").fit(X, y) for c in (5, 0.05)}
