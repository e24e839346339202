"""Model files to begin with: small, commented, and each runs as it stands."""
