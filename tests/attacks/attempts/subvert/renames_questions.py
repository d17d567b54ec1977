"""Swaps the names of two test cells, so that the points of one question are earned by the answer to another.

Must not: earn more than the honest answer to each question.
Stopped by: criteria belong to a question by name, and points to a name, as the gradebook has them.
"""

# %% hand in
for cell in notebook.cells:
    facts = cell.metadata.get("nbgrader")
    if facts and facts["grade_id"] in ("ex1_test", "ex2_test"):
        facts["grade_id"] = {"ex1_test": "ex2_test", "ex2_test": "ex1_test"}[facts["grade_id"]]
