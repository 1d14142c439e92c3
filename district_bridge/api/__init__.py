"""The wire's edge: HTTP in, signed answers out. What it means is decided in the packages it calls."""
