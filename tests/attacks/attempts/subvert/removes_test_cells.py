"""Deletes the test cell of a question it cannot answer, hoping that nobody asks.

Must not: earn points.
Stopped by: cells that graders judge are put back.
"""

# %% hand in
notebook.cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") != "ex1_test"]
