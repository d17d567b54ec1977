"""Forgets to fit the models.

Loses: test_two_machines_with_rbf_kernels, test_machines_have_their_penalties, test_numbers_of_support_vectors
"""

def fit_svms(X, y):
    return {c: SVC(C=c) for c in (5, 0.05)}
