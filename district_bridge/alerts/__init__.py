"""The life of an alert at the bridge, from the first report to a person's closing it."""
