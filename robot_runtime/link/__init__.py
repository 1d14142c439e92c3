"""What the robot says to the home and, when the home is gone, to the bridge."""
