"""Who looked at whose data: the access log, its review, and break-glass access."""
