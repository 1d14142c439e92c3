"""The people who work with the bridge, and the neighbourhoods they look after."""
