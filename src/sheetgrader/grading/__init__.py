"""The trusted side: runs a submission and judges it."""
