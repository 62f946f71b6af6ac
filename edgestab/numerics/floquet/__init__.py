"""Cycles of gradient descent in many dimensions and their Floquet multipliers, by Krylov methods."""
