"""Hands in the test cells twice, once before the answer and once as markdown, so that the wrong one is judged.

Must not: earn points.
Stopped by: of doubled cells one counts, with the instructor's source, and the namespace as it is there is judged.
"""

# %% hand in
import copy

for cell in [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "ex1_test"]:
    double = copy.deepcopy(cell)
    double["id"] = "doubled"
    double["cell_type"] = "markdown"
    double.pop("outputs"), double.pop("execution_count")
    notebook.cells.insert(0, double)
    notebook.cells.append(copy.deepcopy(cell) | {"id": "doubled-too"})
