"""The wearable: where movement comes from."""
