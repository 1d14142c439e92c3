"""What the bridge tells people: posted with what it tells, sent later, marked after sending."""
