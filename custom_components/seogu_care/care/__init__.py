"""The decision core of the home: plain Python and numpy, no Home Assistant, no clock of its own."""

from .routine import make_detector

__all__ = ["make_detector"]
