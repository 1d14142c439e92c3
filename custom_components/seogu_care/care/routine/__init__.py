"""The resident's routine: learned from the home's sensors, and what is out of it noticed."""

from .detector import make_detector

__all__ = ["make_detector"]
