"""Figures of training: loss and sharpness, self-stabilization, central flows, rotation, the late plane, step sizes."""
