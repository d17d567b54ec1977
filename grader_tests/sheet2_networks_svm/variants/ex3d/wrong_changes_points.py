"""Centres the points in place.

Loses: test_fitting_leaves_its_arguments_alone, test_machines_have_their_penalties
"""

def fit_svms(X, y):
    X -= X.mean(axis=0)
    return {penalty: SVC(C=penalty).fit(X, y) for penalty in (5, 0.05)}
