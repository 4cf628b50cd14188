"""What the pages say, the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from landwatch.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def ids(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_commands_in_examples_exist(page):
    root = typer.main.get_command(app)
    unknown = []
    for line in re.findall(r"^landwatch (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        command = root
        for word in line.split():
            inner = getattr(command, "commands", {})
            if not inner:
                break
            if word not in inner:
                unknown.append(line)
                break
            command = inner[word]
        options = {option for parameter in command.params for option in parameter.opts}
        unknown += [
            word for word in re.findall(r"(?<= )--[a-z-]+", line.split("#")[0]) if word not in options
        ]
    assert unknown == []


def test_both_readmes_show_the_two_commands():
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "make demo" in text
        assert "make test" in text


def test_pages_name_no_registry_and_no_path_of_a_machine():
    for page in PAGES:
        assert not re.search(r"/(work|root)/|/home/\w", page.read_text(encoding="utf-8")), page
