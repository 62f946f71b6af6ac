"""Experiments: from settings and a seed to statistics of runs of networks; claims say what the statistics must be."""
