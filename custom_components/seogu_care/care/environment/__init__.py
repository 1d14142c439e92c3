"""The home's environment: heat and cold, the open door, the stove, and who is most at risk from them."""
