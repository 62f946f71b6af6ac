"""What a machine with a GPU does, in one command that ends within nine minutes."""
