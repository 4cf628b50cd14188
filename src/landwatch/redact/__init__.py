"""Removal of people and vehicles: the only room that makes a `Picture`."""

from landwatch.redact.closed import Closed, load_detector
from landwatch.redact.detector import Detector
from landwatch.redact.health import Health, health
from landwatch.redact.remover import Looks, Remover

__all__ = ["Closed", "Detector", "Health", "Looks", "Remover", "health", "load_detector"]
