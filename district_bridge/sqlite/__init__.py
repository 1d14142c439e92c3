"""Django's SQLite, with a queue before its one pen (docs/decisions/0227)."""
