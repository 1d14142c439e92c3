"""How quickly alerts are answered, and what a shift leaves to the next one."""
