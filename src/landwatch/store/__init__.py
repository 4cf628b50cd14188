"""Keeps and finds: one `Store` writes a folder, any number of `Archive`s read it.

What `Store.keep` returned from survives the death of the process and of the machine. See `_schema` for
the tables, `_files` for the pictures and `export` for what is written out.
"""

from landwatch.store._archive import Archive
from landwatch.store._records import CameraRecord, PictureRecord, Pruned, Size
from landwatch.store._writer import Store

__all__ = ["Archive", "CameraRecord", "PictureRecord", "Pruned", "Size", "Store"]
