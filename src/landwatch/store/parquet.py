"""Writes readings as a Parquet file, a group of rows at a time.

Columns are those of `export`; times are of type timestamp (microseconds, UTC), flags a list of strings, a
region a list of four integers. The schema's metadata has, under `landwatch.quantities`, a JSON object of what
each quantity is: title, unit and standard name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from landwatch.errors import UsageError
from landwatch.types import Quantity, Reading

__all__ = ["write_readings"]

ROWS = 50_000
"""Rows that are held in memory and make one group of the file."""


def write_readings(readings: Iterable[Reading], path: Path, quantities: Mapping[str, Quantity]) -> int:
    """Write readings to a file, in the order in which they come, and return how many.

    Raises:
        UsageError: if pyarrow is not installed.
        OSError: if the file cannot be written.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet as pq
    except ImportError as error:
        raise UsageError(f"Parquet needs {error.name}; pip install 'landwatch[export]'") from None
    word = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema(
        [
            ("camera", word),
            ("time", pa.timestamp("us", tz="UTC")),
            ("quantity", word),
            ("value", pa.float64()),
            ("unit", word),
            ("sigma", pa.float64()),
            ("absent", word),
            ("flags", pa.list_(pa.string())),
            ("method", word),
            ("region", pa.list_(pa.int32(), 4)),
        ],
        metadata={
            "landwatch.quantities": json.dumps(
                {
                    name: {"title": one.title, "unit": one.unit, "standard_name": one.standard_name}
                    for name, one in quantities.items()
                }
            )
        },
    )
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        rest = iter(readings)
        while rows := list(islice(rest, ROWS)):
            columns = {name: [getattr(one, name) for one in rows] for name in schema.names}
            writer.write_table(pa.table(columns, schema=schema))
            count += len(rows)
    return count
