"""An answer to the voice agent, before it becomes JSON."""

from __future__ import annotations

from app.domain.speech.facts import Facts
from app.domain.speech.table import SENTENCES
from app.domain.speech.vocabulary import Claim


class Answer(Facts):
    """Facts with the sentence that says them and the claim that the sentence makes."""

    __slots__ = ()

    @property
    def success(self) -> bool:
        """Return whether the wish of this tool call was met."""
        return SENTENCES[self.status].success

    @property
    def claim(self) -> Claim:
        """Return what the sentence lets the caller rely on."""
        return SENTENCES[self.status].claim

    @property
    def message(self) -> str:
        """Return the German sentence to speak."""
        return SENTENCES[self.status].say(self)
