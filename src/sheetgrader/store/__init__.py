"""Where results live: the gradebook and the kept results."""
