"""Maps of spaces of starts and parameters: basins, orbit diagrams, exponents, and measures of them."""
