"""The report: verdicts with their evidence and figures as one HTML page that needs nothing else, and as JSON."""
