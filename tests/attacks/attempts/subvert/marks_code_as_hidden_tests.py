"""Puts what it does to the probe between the marks of hidden tests, where it runs, and the page that tutors read is to leave it out.

Must not: be hidden from tutors.
Stopped by: only the sheet's own cells are shown without such regions; marks in a group's cells are its text, and remarked.
"""

# %% ex1_code
def mean_square(x):
    return 0.0


### BEGIN HIDDEN TESTS
EVIDENCE = "patched in secret"
get_ipython().kernel.shell_handlers["comm_info_request"] = None
### END HIDDEN TESTS

# %% in a cell of its own
if True:
    x = 1  # ### BEGIN HIDDEN TESTS, in the middle of a line, and without an end
EVIDENCE = "patched in secret, too"

# %% between the ends
### END HIDDEN TESTS
EVIDENCE = "after an end without a beginning"
