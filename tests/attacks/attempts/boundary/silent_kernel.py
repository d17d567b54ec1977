"""Stops publishing that it is idle, and answers cells without ever saying that they are done.

Must not: take more than its time.
Attacks: ex1, ex2, ex3, ex4
Slow: yes
Stopped by: a kernel that has answered has a few seconds for its last output, and all cells together a clock.
"""

# %% before
kernel = get_ipython().kernel
kernel._publish_status = lambda *arguments, **keywords: None
kernel._publish_status_and_flush = lambda *arguments, **keywords: None
