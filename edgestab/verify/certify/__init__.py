"""Certificates: proofs by interval arithmetic that gradient descent ends where a claim says (docs/certificates.md)."""
