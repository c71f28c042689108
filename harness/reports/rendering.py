"""Templates into one self-contained file: the stylesheet is inlined, and a policy forbids everything else."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.reports import words

HERE = Path(__file__).parent
STYLESHEET = HERE / "askpro.css"
CODE = re.compile(r"`([^`]+)`|\b(?:bk|att|call|evt)_\w+|\b\w+_\w+\b(?=\()")
"""In a sentence of the runner: ids, and what stands between backticks."""


def render(template: str, **values: Any) -> str:
    """The page as text. Every value is escaped; the style passes the page's own policy by its hash."""
    style = STYLESHEET.read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return _environment().get_template(template).render(style=Markup(style), policy=policy, **values)  # noqa: S704


def write(path: Path, page: str) -> None:
    """Writes the page as UTF-8, making the folder if needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(page.encode())


def marked(sentence: str) -> Markup:
    """The sentence with its ids in mono; the rest is escaped text."""
    pieces: list[Markup] = []
    end = 0
    for found in CODE.finditer(sentence):
        pieces += [escape(sentence[end : found.start()]), Markup("<code>{}</code>").format(_code(found))]
        end = found.end()
    return Markup("").join([*pieces, escape(sentence[end:])])


def _code(found: re.Match[str]) -> str:
    return str(found.group(1) or found.group())


def percent(number: float) -> str:
    """A length for an SVG attribute: ``4.25%``."""
    return f"{number:.2f}".rstrip("0").rstrip(".") + "%"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        count=words.count,
        span=words.span,
        instant=words.instant,
        ms=words.milliseconds,
        percent=percent,
        marked=marked,
    )
    return environment
