"""Answers of known worth, to grade the graders with."""
