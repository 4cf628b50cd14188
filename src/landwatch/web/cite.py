"""How readings are cited: as a sentence, for BibTeX, and as a citation file.

What is cited is the question that the address of the page asks, with the methods that answered it. A DOI is
given by whoever archives a download; these texts have all that a registration asks for.

References:
    [1] S. Druskat et al., "Citation File Format", version 1.2.0, 2021, 10.5281/zenodo.5171937.
    [2] DataCite Metadata Working Group, "DataCite Metadata Schema", version 4.5, 2024, 10.14454/g8e5-6293.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from landwatch import __version__

__all__ = ["Cited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """What is cited, in English as registries of data want it."""

    owner: str
    title: str
    methods: tuple[str, ...]
    licence: str
    """SPDX name; empty where none is granted."""
    address: str
    """Of the page with the question in it."""
    day: date
    """When it was looked at."""

    @property
    def version(self) -> str:
        """The methods and the program that read the pictures."""
        return "; ".join((*self.methods, f"Landwatch {__version__}"))

    @property
    def text(self) -> str:
        """A sentence in the form that DataCite recommends."""
        return (
            f"{self._owner} ({self.day.year}): {self.title} [Data set]. Version {self.version}. "
            f"{self._licence}. Seen {self.day.isoformat()}. {self.address}"
        )

    @property
    def bibtex(self) -> str:
        """An entry for BibTeX."""
        fields = {
            "author": f"{{{self._owner}}}",
            "title": self.title,
            "year": str(self.day.year),
            "version": self.version,
            "note": f"Data set. {self._licence}",
            "url": self.address,
            "urldate": self.day.isoformat(),
        }
        lines = "".join(f"  {key} = {{{_tex(value)}}},\n" for key, value in fields.items())
        return f"@misc{{landwatch{self.day:%Y%m%d},\n{lines}}}\n"

    @property
    def cff(self) -> str:
        """A CITATION.cff; JSON's strings are YAML's."""
        lines = [
            "cff-version: 1.2.0",
            "message: " + json.dumps("Please cite this data set as follows."),
            "type: dataset",
            "title: " + json.dumps(self.title, ensure_ascii=False),
            "authors:",
            "  - name: " + json.dumps(self._owner, ensure_ascii=False),
            "version: " + json.dumps(self.version),
            "date-released: " + json.dumps(self.day.isoformat()),
            *([f"license: {json.dumps(self.licence)}"] if self.licence else []),
            *([f"url: {json.dumps(self.address)}"] if self.address.startswith("http") else []),
        ]
        return "\n".join(lines) + "\n"

    @property
    def _owner(self) -> str:
        return self.owner or "The operator of the cameras"

    @property
    def _licence(self) -> str:
        return f"Licence {self.licence}" if self.licence else "No licence is stated; ask the owner"


def _tex(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "&%$#_" else sign for sign in text)
