"""A loop with a width of its own."""

def fit_svms(X, y):
    models = {}
    for penalty in [0.05, 5]:
        models[penalty] = SVC(C=penalty, gamma=0.5)
        models[penalty].fit(X, y)
    return models
