"""Claim files: a user's own claim or sweep, from TOML."""
