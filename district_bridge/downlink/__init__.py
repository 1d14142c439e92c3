"""What the bridge says to a home: numbered, kept, and streamed until the home receipts it."""
