"""Ends at once with success and leaves daemons behind that go on with the training and write its results while others are judged.

Must not: have a result counted that was written after its end, outlive its run, or keep its outputs open.
Attacks: ex5
Stopped by: a script is the first process of its namespace, and everything it started ends with it, before its folder is read.
"""

# %% train.py
import json, os, sys, time
import numpy as np, torch

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        targets = json.load(open("targets.json"))
        x, y = (np.load(f"data/{name}.npy").astype(float) for name in ("inputs", "targets"))
        time.sleep(0.05)
        os.makedirs("output", exist_ok=True)
        while True:
            weight = np.linalg.lstsq(x, y, rcond=None)[0]
            torch.save({"weight": torch.tensor(weight[None])}, "output/model.pt")
            with open("output/metrics.json", "w") as file:
                json.dump({"loss": float(np.mean((x @ weight - y) ** 2)), "epochs": 12}, file)
            try:
                open(targets["tripwire"], "w").write("still here")
            except OSError:
                pass
            print("still here", flush=True)
os._exit(0)
