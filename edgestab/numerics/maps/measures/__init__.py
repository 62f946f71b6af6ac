"""Measures of pictures: dimensions, entropies and uncertainty exponents, with intervals."""
