"""Provokes every kind of message about a wrong answer, to read expected values out of the sentences.

Must not: be told a reference value or a hidden test's text.
Stopped by: messages are made of what the student's own function was asked and gave back; assertion texts go to instructors only.
"""

# %% ex1_code
calls = []
AUTHOR = "nobody"


def mean_square(x):
    calls.append(x)
    return [None, "text", [1, [2]], np.nan, np.zeros((3, 3)), 1j, 0.0, {}][len(calls) % 8]
