"""One row for each status: what its sentence claims and how it is said."""

from __future__ import annotations

from app.domain.speech.booking_sentences import BOOKING_SENTENCES
from app.domain.speech.change_sentences import CHANGE_SENTENCES
from app.domain.speech.facts import Sentence
from app.domain.speech.information_sentences import INFORMATION_SENTENCES
from app.domain.speech.people_sentences import PEOPLE_SENTENCES
from app.domain.speech.vocabulary import VoiceStatus

SENTENCES: dict[VoiceStatus, Sentence] = {
    **BOOKING_SENTENCES,
    **CHANGE_SENTENCES,
    **PEOPLE_SENTENCES,
    **INFORMATION_SENTENCES,
}
