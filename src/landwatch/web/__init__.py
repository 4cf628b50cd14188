"""Serves the archive: a JSON API, pages in English and Chinese, and what watches Landwatch itself."""

from landwatch.web.app import create_app, document
from landwatch.web.news import News

__all__ = ["News", "create_app", "document"]
