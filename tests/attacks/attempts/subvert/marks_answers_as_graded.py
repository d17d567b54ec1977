"""Gives its own answer cells points, and invents graded cells that the sheet does not have.

Must not: earn points for cells of its own.
Attacks: ex1, ex2, ex3, ex4
Stopped by: nbgrader's own check refuses a graded cell that the gradebook does not know; a human looks at the notebook.
"""

# %% hand in
import copy

for cell in [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "ex1_code"]:
    cell.metadata["nbgrader"].update(grade=True, points=1000)
    invented = copy.deepcopy(cell)
    invented["id"] = "invented"
    invented.metadata["nbgrader"]["grade_id"] = "ex9"
    notebook.cells.append(invented)
