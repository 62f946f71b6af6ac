"""The commands that draw maps, one a file."""
