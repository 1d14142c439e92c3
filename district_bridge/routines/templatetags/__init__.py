"""What supervision shows on a home's page."""
