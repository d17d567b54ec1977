"""Hands in a notebook of a format of the past, with points of its own and the answers where that format kept them.

Must not: earn points for cells that are not the sheet's, or stop the grading.
Attacks: ex1, ex2, ex3, ex4
Stopped by: a notebook is brought to the present format before it is read; the sheet's own cells are put back.
"""

# %% hand in
import json

cells = [
    {"cell_type": "code", "input": cell.source, "outputs": [{"output_type": "pyout", "prompt_number": 1, "text": "3.0"}], "language": "python", "metadata": cell.metadata}
    for cell in notebook.cells
]
notebook = json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "../../gradebook"}, "worksheets": [{"cells": cells, "metadata": {}}]})
