"""Specifications: a network, its data and its criterion from names and numbers."""
