"""Update rules, one family a file: what makes a map of a loss."""
