"""The theorems of this package on the flip of gradient descent at the edge, and on where it lands below it."""
