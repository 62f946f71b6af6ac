"""Update rules on flat parameters, one a file, and the registry that knows them by name."""
