"""Hands in a notebook that is JSON and no notebook: numbers for sources, texts for outputs, lists for metadata, numbers of two thousand digits.

Must not: stop the grading of others.
Attacks: ex1, ex2, ex3, ex4, ex5
Stopped by: preparation: what is no notebook is one sentence about this submission.
"""

# %% hand in
notebook.cells[0] = {"cell_type": "code", "source": 3, "outputs": "none", "metadata": [], "execution_count": 10**2000}
notebook.cells[1].metadata["nbgrader"] = [1]
notebook.cells[2].metadata = "ex1_test"
notebook.cells.append({"cell_type": ["raw"]})
notebook.cells.append(None)
notebook.metadata.kernelspec = "python3"
notebook.nbformat_minor = "5"
