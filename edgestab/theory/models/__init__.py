"""Models: a loss, the coordinates its step is written in, its minima; one family a file."""
