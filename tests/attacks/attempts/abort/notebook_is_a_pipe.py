"""Hands in a named pipe in the place of its notebook, which whoever opens it would wait for without an end.

Must not: stop the grading of others.
Attacks: ex1, ex2, ex3, ex4, ex5
Refused: yes
Stopped by: what was handed in is opened without waiting, and only plain files are read.
"""

# %% hand in
import os

os.mkfifo(folder / "attacked.ipynb")
notebook = None
