"""A mail that came in becomes a verdict: what its writer wants, and how sure we are who wrote it."""
