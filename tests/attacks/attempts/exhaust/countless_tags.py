"""Tags a cell with a hundred thousand tags of two kinds, which cannot be sorted and so are held each against each other.

Must not: take more than its time, or cost its neighbours theirs.
Attacks: ex1, ex2, ex3, ex4, ex5
Stopped by: a limit on the tags and attachments of a cell, before nbformat checks them.
"""

# %% hand in
notebook.cells[1].metadata["tags"] = [1, "a"] * 50_000
