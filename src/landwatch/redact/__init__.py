"""Removal of people and vehicles: the only room that makes a `Picture`."""

from landwatch.redact.closed import Closed, load_detector
from landwatch.redact.detector import Boxes, Detector
from landwatch.redact.health import Health, health
from landwatch.redact.kept import recall
from landwatch.redact.remover import Looks, Remover

__all__ = ["Boxes", "Closed", "Detector", "Health", "Looks", "Remover", "health", "load_detector", "recall"]
