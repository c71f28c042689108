"""What we say, and what each sentence claims.

One table maps a status to its claim and its sentence; a message is made only from the fields of an answer.
"""

from __future__ import annotations

from app.domain.speech.answer import Answer
from app.domain.speech.facts import Facts, Sentence
from app.domain.speech.table import SENTENCES
from app.domain.speech.vocabulary import Claim, Trouble, VoiceStatus

__all__ = ["SENTENCES", "Answer", "Claim", "Facts", "Sentence", "Trouble", "VoiceStatus"]
