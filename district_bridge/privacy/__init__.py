"""What protects residents' data at rest: sealed fields and their keys, consent, and the end of keeping."""
