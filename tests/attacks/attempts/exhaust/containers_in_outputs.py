"""Displays lists of empty lists, dicts, texts and numbers: three bytes each on the wire, some hundred in memory, and as many as a message may hold.

Must not: fill the grader's memory, or the notebook.
Stopped by: every value of an output costs what it takes in memory; what is over the limit of a cell is cut before it is made a part of the notebook.
"""

# %% displays
from IPython.display import display

for value in ({}, [], "", 0, 0.5, None, {"": 0}, [[]]):
    for count in (60_000, 900_000):
        display({"application/json": [value] * count}, raw=True)

# %% metadata
for value in ({}, [], ""):
    display({"text/plain": "x"}, metadata={"x": [value] * 900_000}, raw=True)

# %% keys
for number in range(5):
    display({f"application/x{key}+json": {} for key in range(100_000)}, raw=True)
    display({"application/json": {str(key): {} for key in range(number, 200_000)}}, raw=True)
