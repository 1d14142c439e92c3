"""The care robot as Home Assistant sees it: over the home's MQTT broker."""
