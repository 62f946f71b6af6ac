"""Fixed points and cycles with proofs, their branches over a parameter, and period-doubling cascades."""
