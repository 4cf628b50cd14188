"""Serves an app on loopback, for browsers and for clients that nobody here wrote."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

__all__ = ["running"]


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Serve an app on loopback and give its address; at the end its streams are told to stop."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            app.state.news.stop()
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()
