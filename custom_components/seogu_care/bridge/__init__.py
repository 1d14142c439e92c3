"""The link to the district's server: keys, signed messages, the outbox and the stream back."""
