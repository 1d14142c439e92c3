"""A district that does not exist: homes with real keys, for benches, demonstrations and training."""
