"""Hands in cells that are not to be run, with outputs that tell of points, of passed tests and of figures.

Must not: have an output counted that its kernel did not put out.
Attacks: ex1, ex4
Stopped by: outputs that were handed in are taken out before anything runs; points come from graders.
"""

# %% ex4_code
plt.plot([4.0, 3.0, 2.5, 2.2, 2.1], label="loss")
# %% hand in
import nbformat

for cell in notebook.cells:
    name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    if name.startswith(("ex1", "ex4")):
        cell.metadata["tags"] = ["skip-execution"]
        cell.outputs = [
            nbformat.v4.new_output("execute_result", data={"text/plain": "3.0", "image/png": "iVBORw0KGgo="}, execution_count=1),
            nbformat.v4.new_output("stream", name="stdout", text="PASSED\n3.0\n"),
        ]
        cell.execution_count = 7
