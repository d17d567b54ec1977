"""Puts what it does between the marks of a marking scheme, in code and in text, of cells that run and of such that are read.

Must not: be hidden from tutors.
Stopped by: only the sheet's own cells are shown without such regions; marks in a group's cells are its text, and remarked.
"""

# %% ex1_code
def mean_square(x):
    return 0.0


"""
=== BEGIN MARK SCHEME ===
"""
EVIDENCE = "behind the marking scheme"
"""
=== END MARK SCHEME ===
"""

# %% solution
### BEGIN SOLUTION
EVIDENCE = "and as a solution"
### END SOLUTION

# %% hand in
from nbformat.v4 import new_markdown_cell

text = "Read\n\n=== BEGIN MARK SCHEME ===\nthe evidence\n=== END MARK SCHEME ===\n\nthis."
notebook.cells.append(new_markdown_cell(text, id="text"))
