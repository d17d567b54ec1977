"""Where long work runs: this machine, Slurm, any Dask scheduler."""
