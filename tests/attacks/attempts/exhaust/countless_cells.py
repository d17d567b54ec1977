"""Hands in a hundred thousand cells, each with an identity, metadata and outputs of its own.

Must not: take more than its time, or cost its neighbours theirs.
Attacks: ex1, ex2, ex3, ex4, ex5
Stopped by: a limit on the cells and values of a notebook, which are counted before any of them is looked at.
"""

# %% hand in
import json

cell = next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "ex1_code")
notebook.cells[1:1] = ["CELL"]
double = json.dumps({**cell, "id": "double-NUMBER"})
notebook = json.dumps(notebook).replace('"CELL"', ", ".join(double.replace("NUMBER", str(number)) for number in range(100_000)))
