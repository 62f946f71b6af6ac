"""Ghosh, Kwon, Wang, Ravishankar & Qu, deep linear networks beyond the edge of stability (ICLR 2025), as transcribed."""
