"""The district's server: takes in alerts, watches for silence, and gives caseworkers one live queue."""
