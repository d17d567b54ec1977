"""Course and sheet model, regulations, release."""
