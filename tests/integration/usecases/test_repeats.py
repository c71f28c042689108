from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.domain.speech import Answer, Trouble, VoiceStatus
from app.usecases.repeats import answer_from_json, answer_to_json

BERLIN = ZoneInfo("Europe/Berlin")
INSTANTS = st.integers(0, 10**6).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
WORDS = st.text(max_size=20)
ANSWERS = st.builds(
    Answer,
    status=st.sampled_from(VoiceStatus),
    zone=st.just(BERLIN),
    asked=st.none() | INSTANTS,
    others=st.lists(INSTANTS, max_size=2).map(tuple),
    alternatives=st.lists(INSTANTS, max_size=2).map(tuple),
    question=st.none() | WORDS,
    trouble=st.sampled_from(Trouble),
    options=st.lists(WORDS, max_size=3).map(tuple),
    count=st.none() | st.integers(0, 9),
    day=st.none() | st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    closes=st.none() | st.times().map(lambda clock: time(clock.hour, clock.minute)),
    details=st.dictionaries(WORDS, st.none() | WORDS | st.lists(WORDS, max_size=2), max_size=3),
)


class TestAKeptAnswer:
    @given(ANSWERS)
    def test_comes_back_as_it_was(self, answer):
        stored = json.loads(json.dumps(answer_to_json(answer)))
        assert answer_from_json(stored, BERLIN) == answer

    def test_of_an_earlier_version_has_the_defaults_of_what_it_lacks(self):
        stored = {"status": "booked", "trouble": "booking", "details": {}, "gone_since": 1}
        assert answer_from_json(stored, BERLIN) == Answer(VoiceStatus.BOOKED, BERLIN)
