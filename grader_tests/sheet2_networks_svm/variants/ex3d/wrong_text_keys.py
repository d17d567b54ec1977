"""Has texts for keys.

Loses: test_two_machines_with_rbf_kernels, test_machines_have_their_penalties, test_numbers_of_support_vectors, test_fitting_leaves_its_arguments_alone
"""

def fit_svms(X, y):
    return {str(c): SVC(C=c).fit(X, y) for c in (5, 0.05)}
