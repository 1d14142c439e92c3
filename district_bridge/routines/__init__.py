"""The picture of a resident's days, where they have agreed to it."""
