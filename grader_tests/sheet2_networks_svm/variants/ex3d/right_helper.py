"""A helper, with probabilities left out and a larger cache."""

def fitted(penalty, X, y):
    machine = SVC(cache_size=500)
    machine.set_params(C=penalty)
    return machine.fit(X.tolist(), y.tolist())


def fit_svms(X, y):
    return {5: fitted(5, X, y), 0.05: fitted(0.05, X, y)}
