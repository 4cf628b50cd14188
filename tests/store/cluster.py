"""A PostgreSQL cluster of its own for the tests, on a socket in a folder: no port, no password."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import create_engine

__all__ = ["Cluster", "programs"]

SETTINGS = "-c listen_addresses='' -c fsync=off -c max_connections=30 -c shared_buffers=16MB"
"""Without fsync: these tests kill clients and servers, not machines."""


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None where it is not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return debian[-1].parent if debian else None


class Cluster:
    """Made and started with its making; `remove` stops and deletes it."""

    def __init__(self, bin_: Path) -> None:
        self._bin = bin_
        # Not below pytest's folders, which only their owner may enter: the server runs as `postgres`.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "landwatch", "-A", "trust", "--no-sync")
        self.start()
        self._count = 0

    def start(self) -> None:
        options = f"{SETTINGS} -c unix_socket_directories={self.folder}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server; `immediate` as if it had died."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", mode, "stop")

    def new_database(self) -> SecretStr:
        """Return the URL of an empty database."""
        self._count += 1
        name = f"test{self._count}"
        engine = create_engine(self._url("postgres", "postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
        engine.dispose()
        return SecretStr(self._url(name))

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _url(self, name: str, driver: str = "postgresql") -> str:
        return f"{driver}://landwatch@/{name}?host={self.folder}"

    def _run(self, program: str, *words: str) -> None:
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        command = [*(as_postgres if os.geteuid() == 0 else []), str(self._bin / program), *words]
        # pg_ctl's child keeps what it inherits, so that a pipe would never be closed: a file is.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(command, stdout=said, stderr=said, cwd="/", check=False)
            if done.returncode:
                said.seek(0)
                raise RuntimeError(f"{program} failed: {said.read().decode(errors='replace')}")
