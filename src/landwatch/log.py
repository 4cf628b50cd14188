"""Logs go to stderr: readable in a terminal, one JSON object a line elsewhere. Never a pixel or a secret."""

from __future__ import annotations

import logging
import sys

import structlog

__all__ = ["set_up_log"]


def set_up_log(level: str) -> None:
    """Send logs at or above `level` (debug, info, warning, error) to stderr."""
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
