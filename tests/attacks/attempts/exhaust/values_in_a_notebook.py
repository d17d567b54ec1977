"""Hands in a notebook with a million empty dicts in its metadata, and as many lines and outputs that are none.

Must not: fill the grader's memory, take more than its time, or cost its neighbours theirs.
Attacks: ex1, ex2, ex3, ex4, ex5
Stopped by: outputs that were handed in are taken out before nbformat sees them; what is left costs what it takes in memory.
"""

# %% hand in
import json

notebook.metadata["x"] = "DICTS"
notebook.cells[0].source = "# LINES"
notebook.cells[1].outputs = []
text = json.dumps(notebook).replace('"DICTS"', "[" + "{}," * 1_000_000 + "{}]").replace("LINES", r"x\n" * 3_000_000)
bad = json.dumps({"output_type": "stream", "name": "stdout", "text": 5})
notebook = text.replace('"outputs": []', f'"outputs": [{", ".join([bad] * 200_000)}]', 1)
