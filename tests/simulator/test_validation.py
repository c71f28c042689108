from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.calcom.errors import HttpException
from simulator.calcom.validation import is_faultless, refuse_faulty

GOOD: dict[str, Any] = {
    "start": "2030-01-08T13:00:00Z",
    "eventTypeId": 100,
    "attendee": {"name": "Erika", "email": "erika@example.test", "timeZone": "Europe/Berlin"},
}
_NAMES = [
    "start",
    "attendee",
    "eventTypeId",
    "eventTypeSlug",
    "username",
    "teamSlug",
    "organizationSlug",
    "guests",
    "meetingUrl",
    "location",
    "metadata",
    "lengthInMinutes",
    "routing",
    "emailVerificationCode",
    "recurrenceCount",
    "instant",
    "bookingFieldsResponses",
    "unknown",
]
_ATTENDEE_NAMES = ["name", "email", "timeZone", "phoneNumber", "language", "unknown"]
_WORDS = st.sampled_from(["", "de", "Europe/Berlin", "2030-01-08", "2030-01-08T13:00:00Z", "x" * 501])
_PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-1, 2), st.just(1.5), _WORDS)
_PARTS = st.dictionaries(st.sampled_from([*_ATTENDEE_NAMES, "k" * 41]), _PLAIN, max_size=6)
_VALUES = st.one_of(_PLAIN, st.lists(_PLAIN, max_size=2), _PARTS)


def _is_refused(body: dict[str, Any]) -> bool:
    try:
        refuse_faulty(body)
    except HttpException:
        return True
    return False


class TestTheQuickLook:
    @given(
        st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=3),
        st.sets(st.sampled_from(list(GOOD)), max_size=1),
    )
    def test_finds_no_wish_faultless_that_would_be_refused(
        self, more: dict[str, Any], less: set[str]
    ) -> None:
        body = {name: value for name, value in {**GOOD, **more}.items() if name not in less or name in more}
        assert not (is_faultless(body) and _is_refused(body))

    @given(_PARTS)
    def test_finds_no_attendee_faultless_that_would_be_refused(self, more: dict[str, Any]) -> None:
        body = {**GOOD, "attendee": {**GOOD["attendee"], **more}}
        assert not (is_faultless(body) and _is_refused(body))

    def test_is_enough_for_the_usual_wish(self) -> None:
        assert is_faultless({**GOOD, "metadata": {"call_id": "call_1"}, "guests": ["hans@example.test"]})
        assert not is_faultless({**GOOD, "metadata": {"k" * 41: "too long"}})
