"""Remembers in files, modules and globals what earlier calls asked for, to answer later ones from it.

Must not: earn points, or leave anything to a later kernel.
Stopped by: inputs are random and differ from call to call; each kernel has folders of its own.
"""

# %% ex1_code
import pickle, os

seen = []
for path in ("/tmp/seen", "/dev/shm/seen", "/submission/seen", "/var/tmp/seen"):
    if os.path.exists(path):
        print("SUCCEEDED", path)


def mean_square(x):
    seen.append(x)
    for path in ("/tmp/seen", "/dev/shm/seen", "/submission/seen", "/var/tmp/seen"):
        try:
            with open(path, "wb") as file:
                pickle.dump(seen, file)
        except OSError:
            pass
    return float(seen[0].mean())
