"""What `script/bench NAME` measures, one module each."""
