"""From a program to something that runs: one printer a file."""
