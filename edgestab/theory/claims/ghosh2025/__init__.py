"""Ghosh, Kwon, Wang, Ravishankar & Qu, "Learning Dynamics of Deep Linear Networks Beyond the Edge of Stability" (2025).

Derived here from the model, L = |W_L ... W_1 - M|_F^2/2, as transcribed; nothing is quoted from the paper.
"""
