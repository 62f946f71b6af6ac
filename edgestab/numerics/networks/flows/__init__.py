"""Flows: gradient flow, the flow that ignores the edge, and the central flows."""
