"""Training: runs of scripts and reference solutions, and what they must reach."""
