"""One module a concern; each view starts from what its person may see."""
