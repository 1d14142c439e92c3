"""What caseworkers see."""
