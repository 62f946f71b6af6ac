"""Claims with a figure of their own, one a file; `edgestab.figures.of_claims` says which claim has which."""
