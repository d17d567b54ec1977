"""Has the two models under each other's keys.

Loses: test_machines_have_their_penalties, test_numbers_of_support_vectors
"""

def fit_svms(X, y):
    return {5: SVC(C=0.05).fit(X, y), 0.05: SVC(C=5).fit(X, y)}
