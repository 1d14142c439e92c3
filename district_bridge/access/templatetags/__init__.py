"""Template tags about access."""
