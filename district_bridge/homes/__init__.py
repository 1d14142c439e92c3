"""Homes, who lives in them, their keys, and which person may see which home."""
