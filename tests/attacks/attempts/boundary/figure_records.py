"""Forges the records of its figures: wrong types, a million lines, records that change from question to question.

Must not: stop the grading, or earn points with records of the wrong form.
Attacks: ex4
Stopped by: records are checked for form and size; what they say is a claim that graders give little weight.
"""

# %% ex4_code
import itertools

recorder = get_ipython().kernel.figures
shapes = itertools.cycle([{}, [1], [{"axes": 3}], [{"axes": [{"lines": [{"label": 5, "y": object()}] * 1000}]}], "figures", None, [[]] * 10**6])
get_ipython().kernel._namespace._figures = lambda cell: next(shapes)
