"""Who follows which camera: worker processes that clear, and one keeper that stores and serves."""

from landwatch.fleet.follow import follow, prove

__all__ = ["follow", "prove"]
