"""One submission: prepared, run, judged."""
