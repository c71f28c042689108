"""Texts from the agent's arguments, without what no caller ever said: tags, braces, templates nobody filled in."""

from __future__ import annotations

import re

_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_MARKS = str.maketrans("", "", "<>{}\\")
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_SPACES = re.compile(r"\s+")

_SPOKEN_ADDRESS = (
    (re.compile(r"\s*[(\[]\s*(?:at|ät)\s*[)\]]\s*|\s+(?:at|ät)\s+", re.IGNORECASE), "@"),
    (re.compile(r"\s+(?:punkt|dot)\s+", re.IGNORECASE), "."),
    (re.compile(r"\s+(?:bindestrich|minus)\s+", re.IGNORECASE), "-"),
    (re.compile(r"\s+(?:unterstrich|underscore)\s+", re.IGNORECASE), "_"),
)
"""How an address is said, and what is meant (incidents 2.2)."""


def can_be_kept(text: str) -> bool:
    """Return whether a database takes a text: JSON may hold NUL and halves of surrogate pairs."""
    return not any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in text)


def clean_text(text: str) -> str:
    """Return a text without tags, angle and curly brackets, backslashes and unfilled templates."""
    return _TAG.sub("", _TEMPLATE.sub("", text)).translate(_MARKS).strip()


def clean_address(text: str) -> str:
    """Return an e-mail address as it is written: "max at example punkt de" is max@example.de."""
    address = clean_text(text)
    for spoken, written in _SPOKEN_ADDRESS:
        address = spoken.sub(written, address)
    return _SPACES.sub("", address)
