"""Losses of networks: pure networks, criteria, the objective of flat parameters and its derivatives."""
