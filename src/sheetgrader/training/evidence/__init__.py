"""What a training leaves behind, and what can be concluded from it without believing the script."""
