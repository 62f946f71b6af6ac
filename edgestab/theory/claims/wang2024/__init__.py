"""Wang & Roberts, "Can Stability be Detrimental? Better Generalization through Gradient Descent Instabilities" (2024).

The toy of two parameters is exact; what is said of networks is observed on small ones, SUPPORTED at best.
"""
