"""From a claim to a verdict: exact proof, sampling, falsification, confirmed counterexamples."""
