"""Starts processes that start processes, each of which holds on to the script's outputs and writes into its folder.

Must not: starve its neighbours, or leave a process behind.
Attacks: ex5
Slow: yes
Stopped by: the limit on processes, and the process namespace that ends them all at once.
"""

# %% train.py
import os

os.makedirs("output", exist_ok=True)
while True:
    try:
        os.fork()
        with open(f"output/{os.getpid()}", "w") as file:
            file.write("x")
    except OSError:
        pass
