"""Evidence: what a part of a claim has earned; one kind a file."""
