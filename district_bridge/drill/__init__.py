"""The bridge watches itself: a drill alert through the whole path every minute, and a continuous audit."""
