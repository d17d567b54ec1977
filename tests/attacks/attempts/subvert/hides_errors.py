"""Turns the shell's error reports off, so that a cell that fails looks as if it had passed.

Must not: earn points.
Stopped by: points come from the graders' questions, not from the absence of an error.
"""

# %% before
shell = get_ipython()
shell.showtraceback = lambda *arguments, **keywords: None
shell.showsyntaxerror = lambda *arguments, **keywords: None
shell._showtraceback = lambda *arguments, **keywords: None


# %% ex1_code
def mean_square(x):
    raise ValueError("never seen")
