"""OGC SensorThings API 1.1, sensing part: cameras and what they read, for the tools that agencies have.

    tree      expressions            question  options of an address
    model     entities, relations    sources   where they are in the store
    search    expressions to SQL     geometry  places
    pages     answers                write     what clients own
    routes    addresses              described in OpenAPI

References:
    [1] OGC 18-088, "OGC SensorThings API Part 1: Sensing Version 1.1", docs.ogc.org/is/18-088/18-088.html.
"""

from landwatch.web.sta.described import paths, schemas
from landwatch.web.sta.routes import VERSIONS, router

__all__ = ["VERSIONS", "paths", "router", "schemas"]
