"""Self-stabilization: the constrained trajectory, the predicted dynamics, the flip and the plane of late iterates."""
