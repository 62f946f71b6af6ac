"""Damian, Nichani & Lee, "Self-Stabilization: The Implicit Bias of Gradient Descent at the Edge of Stability", ICLR 2023.

What is exact is proved: the descent lemma, the gradient of the sharpness, the reduced map and losses on which it is the
step itself. The theorem that couples gradient descent on a general loss to the predicted dynamics is observed, on random
quartics and on networks.
"""
