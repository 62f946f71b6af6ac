"""Kalra, He & Barkeshli, "Universal Sharpness Dynamics in Neural Network Training" (2023): the UV model."""
