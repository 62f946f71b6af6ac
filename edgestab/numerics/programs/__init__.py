"""Programs: the straight-line form of a map, its derivative, its double-double form, the store of generated code."""
