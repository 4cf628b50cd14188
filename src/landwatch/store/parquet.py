"""Writes readings as a Parquet file, a window of time at a time.

Columns are those of `export`; times are of type timestamp (microseconds, UTC), flags a list of strings, a
region a list of four integers. The schema's metadata has, under `landwatch.quantities`, a JSON object of what
each quantity is: title, unit and standard name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from landwatch.errors import UsageError
from landwatch.store._columns import NONE, Columns
from landwatch.types import ABSENCES, Quantity

__all__ = ["write_readings"]


def write_readings(readings: Iterable[Columns], path: Path, quantities: Mapping[str, Quantity]) -> int:
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
        for some in readings:
            columns = _columns(pa, some)
            writer.write_table(pa.table([columns[name] for name in schema.names], schema=schema))
            count += len(some)
    return count


def _columns(pa: Any, some: Columns) -> dict[str, Any]:
    """Return readings as columns of Arrow."""
    seen = some.absent == NONE
    sets = pa.array([*some.all_flags, ()], pa.list_(pa.string()))
    columns = {
        "time": pa.array(some.time, pa.timestamp("us", tz="UTC")),
        "value": pa.array(some.value, mask=~seen),
        "sigma": pa.array(some.sigma, mask=np.isnan(some.sigma)),
        "absent": pa.DictionaryArray.from_arrays(
            pa.array(some.absent.astype(np.int32), mask=seen), pa.array(ABSENCES)
        ),
        "flags": sets.take(pa.array(np.where(some.flags == NONE, len(some.all_flags), some.flags))),
        "region": pa.FixedSizeListArray.from_arrays(
            pa.array(some.region.ravel()), 4, mask=pa.array(some.region[:, 0] == NONE)
        ),
    }
    for name in ("camera", "quantity", "unit", "method"):
        words, places = np.unique([getattr(one, name) for one in some.all_series], return_inverse=True)
        codes = places.astype(np.int32)[some.series]
        columns[name] = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(words.tolist()))
    return columns
