"""Who follows which camera: worker processes that clear, and one keeper that stores and serves."""

from landwatch.fleet.follow import follow

__all__ = ["follow"]
