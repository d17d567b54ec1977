"""Submitted scripts: run in a sandbox of their own, and what they leave behind."""
