"""Changes the test cells' metadata: points, lock, grade and the kernel that is to run the notebook.

Must not: earn points.
Stopped by: the instructor's own cells and kernelspec, put back from the gradebook before anything runs.
"""

# %% hand in
notebook.metadata.kernelspec = {"name": "evil", "display_name": "evil", "language": "bash"}
for cell in notebook.cells:
    facts = cell.metadata.get("nbgrader")
    if facts and facts["grade_id"] == "ex1_test":
        facts.update(points=1000, locked=False, solution=True)
        cell.source = "3.0"
        cell.metadata["tags"] = ["skip-execution"]
