"""The independent checker of certificates: it imports nothing else of edgestab, and is short enough to be audited."""
