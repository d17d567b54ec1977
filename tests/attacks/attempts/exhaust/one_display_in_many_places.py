"""Shows one display thousands of times and then updates it with megabytes, which each of them is to hold.

Must not: fill the grader's memory, or a disk.
Stopped by: an update counts for each output that it changes.
"""

# %% displays
from IPython.display import display, update_display

for _ in range(3_000):
    display("small", display_id="one")
update_display("large " * 150_000, display_id="one")
update_display({"application/json": [{}] * 30_000}, display_id="one", raw=True)
