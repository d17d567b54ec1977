"""The model of a course and its sheets, as they lie in folders."""
