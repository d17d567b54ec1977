"""Takes the penalty for scikit-learn's gamma.

Loses: test_machines_have_their_penalties, test_numbers_of_support_vectors
"""

def fit_svms(X, y):
    return {g: SVC(gamma=g).fit(X, y) for g in (5, 0.05)}
