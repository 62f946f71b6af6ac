"""Pictures: basins and orbit diagrams over a window of starts and parameters."""
