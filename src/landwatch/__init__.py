"""Landwatch: cameras that watch the land, not the people."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("landwatch")
