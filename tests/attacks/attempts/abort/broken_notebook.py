"""Hands in a notebook whose metadata is nested deeper than programs can follow.

Must not: stop the grading of others.
Attacks: ex1, ex2, ex3, ex4
Stopped by: preparation: what cannot be read or written is one sentence about this submission.
"""

# %% hand in
deep = {}
for _ in range(400):
    deep = {"a": deep, "b": [[1]]}
notebook.metadata["deep"] = deep
notebook.cells[0].metadata["deep"] = deep
