"""Prints millions of lines of one letter, by each character that ends a line, and millions of characters that take six when they are written down.

Must not: fill the grader's memory, or the notebook.
Stopped by: lines and what has to be escaped cost what they take when the notebook is written.
"""

# %% lines
print("a\n" * 2_000_000)

# %% other lines
from IPython.display import display

for end in "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029":
    print(("a" + end) * 500_000)
    display({"text/plain": ("a" + end) * 500_000, "text/html": ("a" + end) * 500_000}, raw=True)

# %% controls
print("\x00" * 3_000_000)

# %% digits
for number in range(4):
    display({"application/json": [10**4298] * 5_000}, raw=True)
