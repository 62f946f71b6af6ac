"""Training: update rules on flat parameters, the one loop that applies them, and where a run first meets the edge."""
