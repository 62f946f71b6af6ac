"""Figures: of verdicts, of maps, of cycles, of networks; and how they become files."""
