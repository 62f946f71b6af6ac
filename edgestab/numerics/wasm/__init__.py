"""Programs printed as WebAssembly, for machines on which nothing is installed."""
