"""Hands in JSON that is nested a hundred thousand levels deep.

Must not: stop the grading of others.
Attacks: ex1, ex2, ex3, ex4
Stopped by: preparation: what cannot be read is one sentence about this submission.
"""

# %% hand in
notebook = '{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}"
