"""Text from users to SymPy, by a whitelist."""
