"""What the command line does; each module is loaded once Django is set up."""
