"""Several processes, one bridge: who is on duty, wake-ups between them, and the worker's loop."""
