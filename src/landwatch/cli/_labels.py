"""Labels for poles: one camera's code as a picture, or sheets for many."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import segno
import typer

from landwatch.cli._options import one_of
from landwatch.cli._output import DONE, say
from landwatch.cli._store import ConfigFile, StoreFolder, archive_of
from landwatch.config import Serve, load
from landwatch.errors import StoreError, UsageError
from landwatch.i18n import LANGUAGES, translator
from landwatch.store import whole
from landwatch.upkeep import Book
from landwatch.web.labels import ERROR, Card, report_address, sheets

__all__ = ["label", "labels"]

Address = Annotated[str | None, typer.Option(metavar="URL", help="Of the page; serve.address by default.")]


def label(
    camera: Annotated[str, typer.Argument(help="The camera's name.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the code here, as .svg, .png or .pdf.")],
    config: ConfigFile = None,
    store: StoreFolder = None,
    address: Address = None,
) -> int:
    """Write the QR code for a camera's pole: whoever stands there can report what is broken."""
    (card,) = _cards([camera], None, config, store, address or _serve(config).address)
    if out.suffix not in (".svg", ".png", ".pdf"):
        raise UsageError(f"{out}: a label is .svg, .png or .pdf")
    try:
        segno.make(card.link, error=ERROR, micro=False).save(str(out), scale=8)
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror}") from None
    say(card.link)
    return DONE


def labels(
    out: Annotated[Path, typer.Argument(metavar="OUT.pdf", help="Write the sheets here.")],
    cameras: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CAMERA]...", help="Names; all that are registered if none."),
    ] = None,
    site: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the cameras at this site only.")
    ] = None,
    config: ConfigFile = None,
    store: StoreFolder = None,
    address: Address = None,
    call: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="To be called; serve.call by default.")
    ] = None,
    language: Annotated[str, typer.Option(help=f"One of: {', '.join(LANGUAGES)}.")] = "en",
) -> int:
    """Write labels for many poles as a PDF of A4 sheets: name, QR code, address, number to call."""
    serve = _serve(config)
    cards = _cards(cameras or [], site, config, store, address or serve.address)
    say_ = translator(one_of("language", language, tuple(LANGUAGES)))
    with whole(out) as part:
        part.write_bytes(sheets(cards, serve.call if call is None else call, say_))
    say(f"{len(cards)} labels")
    return DONE


def _serve(config: Path | None) -> Serve:
    return load(config).serve if config else Serve()


def _cards(
    names: list[str], site: str | None, config: Path | None, store: Path | None, address: str
) -> list[Card]:
    """Return the labels of registered cameras in order of name: of those named, of a site, or of all."""
    if not address:
        raise UsageError("under which address is the page reached? Write serve.address, or --address URL")
    with archive_of(config, store) as archive:
        book, titles = Book(archive.reading), archive.titles()
        known = {one.camera: one for one in book.assets()}
        for name in names:
            if name not in known:
                raise UsageError(f"no camera is registered as {name!r}; see landwatch fleet cameras import")
        wanted = [name for name in sorted(names or known) if site is None or known[name].site == site]
        if not wanted:
            where = f" at site {site!r}" if site is not None else ""
            raise UsageError(f"no camera is registered{where}; see landwatch fleet cameras import")
        tokens = book.tokens()
    return [
        Card(name=name, title=titles.get(name, name), link=report_address(address, tokens[name]))
        for name in wanted
    ]
