"""Hands in links to the instructors' solution, the hidden graders and another group's work in the place of its own files.

Must not: have any of them read, graded or copied as its own.
Attacks: ex1, ex2, ex3, ex4, ex5
Refused: yes
Stopped by: what was handed in is read without following a link; a link is no file.
"""

# %% hand in
import os

course = folder.parents[2]
os.symlink(course / "source/attacked/attacked.ipynb", folder / "attacked.ipynb")
(folder / "train.py").unlink()
os.symlink(course / "grader_tests/attacked/hidden_helpers.py", folder / "train.py")
os.symlink(course / "submitted/curie/attacked", folder / "curie")
os.symlink(course / "gradebook.db", folder / "data.npy")
notebook = None
