"""The care robot: ears, mouth and radios, and help by itself when the home's brain is gone."""

__version__ = "0.1.0"
