"""Data: sets that need no download, and files of the user."""
