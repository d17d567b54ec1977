"""Floats as keys, narrow kernels and whole numbers as classes."""

from collections import OrderedDict
from sklearn import svm


def fit_svms(X, y):
    classes = np.asarray(y).astype(int)
    return OrderedDict((c, svm.SVC(C=c, kernel="rbf", gamma="auto", tol=1e-5).fit(X, classes)) for c in (5.0, 0.05))
