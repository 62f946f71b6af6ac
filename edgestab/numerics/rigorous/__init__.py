"""Rigorous numerics: orbits and limits enclosed in balls, and the fitted slow manifold."""
