"""Zhu, Wang, Wang, Zhou & Ge, "Understanding Edge-of-Stability Training Dynamics with a Minimalist Example", ICLR 2023.

Statements are as printed in the text of the conference submission; later versions may differ, and extracted
text can itself be wrong. A refuted slip says something about that text, not about its authors.
"""
