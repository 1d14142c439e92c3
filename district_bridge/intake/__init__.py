"""Takes signed batches in: verified, stored in one transaction, and only then receipted."""
