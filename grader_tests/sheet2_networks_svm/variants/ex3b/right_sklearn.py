"""The features of scikit-learn, scaled."""

from sklearn.preprocessing import PolynomialFeatures


def feature_map(X):
    return PolynomialFeatures(2).fit_transform(X) * np.sqrt([1, 2, 2, 1, 2, 1])


def primal_solution(X, y, multipliers):
    scores = feature_map(X) @ (w := feature_map(X).T @ (multipliers * y))
    return w, (scores[y < 0].max() + scores[y > 0].min()) / 2
