"""One outage over a whole area is one incident with a list of who is called first, not a thousand alarms."""
