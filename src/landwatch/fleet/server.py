"""Serves the page and the API from the keeper's process."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from landwatch.config import Serve
from landwatch.errors import ConfigError

__all__ = ["PageServer", "listen"]


def listen(serve: Serve) -> socket.socket:
    """Return a socket that listens where the page is to be served.

    Raises:
        ConfigError: if the address is taken or not this machine's.
    """
    try:
        return socket.create_server((serve.host, serve.port), family=_family(serve.host))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(
            f"cannot serve the page on {serve.host} port {serve.port}: {reason}; "
            "set another with serve.port or --port"
        ) from None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class PageServer(uvicorn.Server):
    """A uvicorn server that leaves signals to its caller."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="on",
                timeout_graceful_shutdown=2,
                server_header=False,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
