"""Models for a page: everything that a browser needs to follow orbits, with no Python behind it."""
