"""Sets a camera up: finds it, tries what it offers, shows one cleared picture, and writes it into the file.

Each step is one function here, which the commands `landwatch cameras discover|test|add` and the page call.
"""

from landwatch.setup.desk import Asked, Desk, Trial
from landwatch.setup.file import Entry, add, begin, check_free, kind_of
from landwatch.setup.look import look
from landwatch.setup.needs import NEEDS, Proposal, cadence, hazard_of, least_width, proposals
from landwatch.setup.offers import ONVIF, OPTIONS, STREAMS, Found, Wanted, find_best, onvif_port, wanted_of

__all__ = [
    "NEEDS",
    "ONVIF",
    "OPTIONS",
    "STREAMS",
    "Asked",
    "Desk",
    "Entry",
    "Found",
    "Proposal",
    "Trial",
    "Wanted",
    "add",
    "begin",
    "cadence",
    "check_free",
    "find_best",
    "hazard_of",
    "kind_of",
    "least_width",
    "look",
    "onvif_port",
    "proposals",
    "wanted_of",
]
