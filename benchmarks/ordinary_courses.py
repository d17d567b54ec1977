"""Three ordinary courses to measure with: what notebooks import and do differs, the way they are graded does not."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Question:
    """A question, an answer that passes its tests and one that does not."""

    name: str
    right: str
    wrong: str
    tests: str


@dataclass(frozen=True)
class OrdinaryCourse:
    """One sheet of an ordinary course."""

    sheet: str
    title: str
    #: What has to be installed beside what sheetgrader brings.
    packages: tuple[str, ...]
    #: The first cell, and the last.
    setup: str
    plot: str
    questions: tuple[Question, ...]


def _code(text: str) -> str:
    return textwrap.dedent(text).strip()


_ARRAYS: Final = OrdinaryCourse(
    sheet="arrays",
    title="Arrays",
    packages=(),
    setup=_code(
        """
        import numpy as np

        rng = np.random.default_rng(0)
        x = rng.normal(size=(500, 4))
        y = x @ np.arange(4.0)
        """
    ),
    plot="print(np.round(covariance(x), 2)) if 'covariance' in globals() else print('no covariance')",
    questions=(
        Question(
            name="softmax",
            right=_code(
                """
                def softmax(x):
                    e = np.exp(x - x.max(1, keepdims=True))
                    return e / e.sum(1, keepdims=True)
                """
            ),
            wrong=_code(
                """
                def softmax(x):
                    return np.exp(x) / np.exp(x).sum()
                """
            ),
            tests=_code(
                """
                assert np.allclose(softmax(x).sum(1), 1)
                assert np.isfinite(softmax(1000 * x)).all()
                """
            ),
        ),
        Question(
            name="distances",
            right=_code(
                """
                def distances(a, b):
                    return np.sqrt(((a[:, None] - b[None]) ** 2).sum(2))
                """
            ),
            wrong=_code(
                """
                def distances(a, b):
                    return ((a[:, None] - b[None]) ** 2).sum(2)
                """
            ),
            tests=_code(
                """
                d = distances(x, x[:9])
                assert np.isclose(d[3, 4], np.linalg.norm(x[3] - x[4]))
                """
            ),
        ),
        Question(
            name="least_squares",
            right=_code(
                """
                def least_squares(x, y):
                    return np.linalg.solve(x.T @ x, x.T @ y)
                """
            ),
            wrong=_code(
                """
                def least_squares(x, y):
                    return x.T @ y / len(x)
                """
            ),
            tests="assert np.allclose(least_squares(x, y), np.arange(4.0))",
        ),
        Question(
            name="k_means",
            right=_code(
                """
                def k_means(x, k, steps=20):
                    centres = x[:k].copy()
                    for _ in range(steps):
                        nearest = ((x[:, None] - centres) ** 2).sum(2).argmin(1)
                        centres = np.stack([x[nearest == i].mean(0) for i in range(k)])
                    return centres, nearest
                """
            ),
            wrong=_code(
                """
                def k_means(x, k, steps=20):
                    return x[:k], np.zeros(len(x), int)
                """
            ),
            tests=_code(
                """
                centres, nearest = k_means(x, 3)
                assert centres.shape == (3, 4)
                assert sorted(set(nearest)) == [0, 1, 2]
                """
            ),
        ),
        Question(
            name="covariance",
            right=_code(
                """
                def covariance(x):
                    z = x - x.mean(0)
                    return z.T @ z / (len(x) - 1)
                """
            ),
            wrong=_code(
                """
                def covariance(x):
                    return x.T @ x / len(x)
                """
            ),
            tests="assert np.allclose(covariance(x), np.cov(x.T))",
        ),
        Question(
            name="components",
            right=_code(
                """
                def components(x, k):
                    return np.linalg.svd(x - x.mean(0), full_matrices=False)[2][:k]
                """
            ),
            wrong=_code(
                """
                def components(x, k):
                    return np.eye(x.shape[1])[:k]
                """
            ),
            tests=_code(
                """
                c = components(x, 2)
                assert np.allclose(c @ c.T, np.eye(2))
                assert np.isclose(((x - x.mean(0)) @ c[0]).var(), np.linalg.eigvalsh(np.cov(x.T, bias=True))[-1])
                """
            ),
        ),
        Question(
            name="one_hot",
            right=_code(
                """
                def one_hot(labels, k):
                    return np.eye(k)[labels]
                """
            ),
            wrong=_code(
                """
                def one_hot(labels, k):
                    return np.eye(k)
                """
            ),
            tests="assert one_hot(np.array([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]",
        ),
    ),
)

_REGRESSION: Final = OrdinaryCourse(
    sheet="regression",
    title="Linear regression",
    packages=("torch", "matplotlib"),
    setup=_code(
        """
        import matplotlib.pyplot as plt
        import torch

        torch.manual_seed(0)
        x = torch.randn(200, 3)
        w = torch.tensor([1.0, -2.0, 0.5])
        y = x @ w + 0.3

        model = torch.nn.Linear(3, 1)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
        for _ in range(20):
            optimizer.zero_grad()
            ((model(x)[:, 0] - y) ** 2).mean().backward()
            optimizer.step()
        """
    ),
    plot=_code(
        """
        try:
            _, _, history = fit(x, y)
        except Exception:
            history = [1.0]
        plt.figure(figsize=(4, 3))
        plt.plot(history, label='loss')
        plt.xlabel('step')
        plt.legend()
        plt.show()
        """
    ),
    questions=(
        Question(
            name="standardise",
            right=_code(
                """
                def standardise(x):
                    return (x - x.mean(0)) / x.std(0)
                """
            ),
            wrong=_code(
                """
                def standardise(x):
                    return x - x.mean(0)
                """
            ),
            tests=_code(
                """
                z = standardise(x)
                assert z.shape == x.shape
                assert torch.allclose(z.std(0), torch.ones(3), atol=1e-5)
                """
            ),
        ),
        Question(
            name="predict",
            right=_code(
                """
                def predict(x, w, b):
                    return x @ w + b
                """
            ),
            wrong=_code(
                """
                def predict(x, w, b):
                    return x @ w
                """
            ),
            tests="assert torch.allclose(predict(x, w, 2.0), (x * w).sum(1) + 2.0, atol=1e-5)",
        ),
        Question(
            name="loss",
            right=_code(
                """
                def loss(p, y):
                    return ((p - y) ** 2).mean()
                """
            ),
            wrong=_code(
                """
                def loss(p, y):
                    return (p - y).abs().mean()
                """
            ),
            tests=_code(
                """
                assert loss(y + 2, y).item() == 4.0
                assert loss(y, y).item() == 0.0
                """
            ),
        ),
        Question(
            name="gradient",
            right=_code(
                """
                def gradient(x, y, w, b):
                    r = predict(x, w, b) - y
                    return 2 * x.T @ r / len(y), 2 * r.mean()
                """
            ),
            wrong=_code(
                """
                def gradient(x, y, w, b):
                    r = predict(x, w, b) - y
                    return x.T @ r, r.sum()
                """
            ),
            tests=_code(
                """
                v = w.clone().requires_grad_()
                c = torch.tensor(0.5, requires_grad=True)
                ((x @ v + c - y) ** 2).mean().backward()
                gw, gb = gradient(x, y, w, 0.5)
                assert torch.allclose(gw, v.grad, atol=1e-4) and torch.allclose(gb, c.grad, atol=1e-4)
                """
            ),
        ),
        Question(
            name="fit",
            right=_code(
                """
                def fit(x, y, steps=50, rate=0.1):
                    w, b, losses = torch.zeros(3), torch.zeros(()), []
                    for _ in range(steps):
                        gw, gb = gradient(x, y, w, b)
                        w, b = w - rate * gw, b - rate * gb
                        losses += [loss(predict(x, w, b), y).item()]
                    return w, b, losses
                """
            ),
            wrong=_code(
                """
                def fit(x, y, steps=50, rate=0.1):
                    return torch.zeros(3), torch.zeros(()), [1.0] * steps
                """
            ),
            tests=_code(
                """
                fitted, offset, losses = fit(x, y)
                assert len(losses) == 50 and losses[-1] < 0.2 * losses[0]
                """
            ),
        ),
        Question(
            name="score",
            right=_code(
                """
                def score(p, y):
                    return 1 - ((y - p) ** 2).sum() / ((y - y.mean()) ** 2).sum()
                """
            ),
            wrong=_code(
                """
                def score(p, y):
                    return ((y - p) ** 2).sum()
                """
            ),
            tests=_code(
                """
                assert abs(score(y, y).item() - 1) < 1e-6
                assert abs(score(y.mean().expand(len(y)), y).item()) < 1e-5
                """
            ),
        ),
        Question(
            name="split",
            right=_code(
                """
                def split(x, y, part=0.5):
                    n = int(len(x) * part)
                    return x[:n], y[:n], x[n:], y[n:]
                """
            ),
            wrong=_code(
                """
                def split(x, y, part=0.5):
                    return x, y, x, y
                """
            ),
            tests=_code(
                """
                parts = split(x, y, 0.25)
                assert [len(part) for part in parts] == [50, 50, 150, 150]
                """
            ),
        ),
    ),
)

_TABLES: Final = OrdinaryCourse(
    sheet="tables",
    title="Tables",
    packages=("pandas", "scikit-learn", "seaborn"),
    setup=_code(
        """
        import matplotlib.pyplot as plt
        import numpy as np
        import pandas as pd
        import seaborn as sns
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import cross_val_score
        from sklearn.preprocessing import StandardScaler

        rng = np.random.default_rng(0)
        table = pd.DataFrame({'width': rng.normal(size=300), 'length': rng.normal(5, 2, size=300)})
        table['kind'] = rng.integers(3, size=300)
        table['large'] = (table.width + table.length > 5).astype(int)
        """
    ),
    plot=_code(
        """
        sns.boxplot(data=table, x='kind', y='length')
        plt.show()
        """
    ),
    questions=(
        Question(
            name="means",
            right=_code(
                """
                def means(table):
                    return table.groupby('kind')[['width', 'length']].mean()
                """
            ),
            wrong=_code(
                """
                def means(table):
                    return table[['width', 'length']].mean()
                """
            ),
            tests="assert means(table).shape == (3, 2)",
        ),
        Question(
            name="without_gaps",
            right=_code(
                """
                def without_gaps(table):
                    return table.fillna(table.mean())
                """
            ),
            wrong=_code(
                """
                def without_gaps(table):
                    return table.fillna(0)
                """
            ),
            tests=_code(
                """
                gaps = table.astype(float).copy()
                gaps.loc[3, 'length'] = None
                assert np.isclose(without_gaps(gaps).loc[3, 'length'], gaps.length.mean())
                """
            ),
        ),
        Question(
            name="largest",
            right=_code(
                """
                def largest(table, n):
                    return table.sort_values('length', ascending=False).head(n)
                """
            ),
            wrong=_code(
                """
                def largest(table, n):
                    return table.head(n)
                """
            ),
            tests="assert largest(table, 5).length.min() >= table.length.quantile(0.95)",
        ),
        Question(
            name="counts",
            right=_code(
                """
                def counts(table):
                    return pd.crosstab(table.kind, table.large)
                """
            ),
            wrong=_code(
                """
                def counts(table):
                    return table.kind.value_counts()
                """
            ),
            tests="assert counts(table).to_numpy().sum() == 300 and counts(table).shape == (3, 2)",
        ),
        Question(
            name="classifier",
            right=_code(
                """
                def classifier(table):
                    x = StandardScaler().fit_transform(table[['width', 'length']])
                    return LogisticRegression().fit(x, table.large).score(x, table.large)
                """
            ),
            wrong=_code(
                """
                def classifier(table):
                    return 0.5
                """
            ),
            tests="assert classifier(table) > 0.9",
        ),
        Question(
            name="validated",
            right=_code(
                """
                def validated(table):
                    return cross_val_score(LogisticRegression(), table[['width', 'length']], table.large, cv=3).mean()
                """
            ),
            wrong=_code(
                """
                def validated(table):
                    return 1.0
                """
            ),
            tests="assert 0.9 < validated(table) < 1.0",
        ),
        Question(
            name="wide",
            right=_code(
                """
                def wide(table):
                    return table.pivot_table(index='kind', columns='large', values='length')
                """
            ),
            wrong=_code(
                """
                def wide(table):
                    return table
                """
            ),
            tests="assert wide(table).shape == (3, 2)",
        ),
    ),
)

#: By sheet.
COURSES: Final = {course.sheet: course for course in (_ARRAYS, _REGRESSION, _TABLES)}
