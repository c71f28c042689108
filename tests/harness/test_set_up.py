"""What a scenario's header may set up, and that both sides then have it."""

from __future__ import annotations

from datetime import datetime

import pytest

from harness.events import Verdict
from harness.scenario import ScenarioError, load
from harness.times import BERLIN
from tests.harness.conftest import missed

HEADER = """\
title: A story
now: 2025-10-13 10:00
{more}
steps:
{steps}
finally: {{appointments: {appointments}, bookings: 0}}
"""


def story(more: str, steps: str = "  - wait: 1s", appointments: object = 0) -> str:
    return HEADER.format(more=more, steps=steps, appointments=appointments)


@pytest.fixture
def read(tmp_path):
    def read(more: str):
        file = tmp_path / "story.yaml"
        file.write_text(story(more), encoding="utf-8")
        return load(file, tmp_path)

    return read


class TestReading:
    def test_times_of_appointments_become_instants(self, read):
        known = read(
            "known: [{name: Erika Muster, appointments: [2025-10-20 14:00, {at: 2025-10-21 09:00}]}]"
        )
        at = [each["at"] for each in known.set_up["known"][0]["appointments"]]
        assert at == [datetime(2025, 10, 20, 14, tzinfo=BERLIN), datetime(2025, 10, 21, 9, tzinfo=BERLIN)]

    def test_no_header_is_no_set_up(self, read):
        assert read("tags: []").set_up == {}

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            ("knwon: []", "did you mean “known”?"),
            ("known: [{name: A, phne: 1}]", "“known” takes no “phne”; did you mean “phone”?"),
            ("known: [{phone: '+491'}]", "an entry of “known” needs “name”"),
            (
                "known: [{name: A, appointments: [{at: 2025-10-20 14:00, servce: X}]}]",
                "did you mean “service”?",
            ),
            ("known: [{name: A, appointments: [bald]}]", "is no instant"),
            ("known: Erika", "“known” is a list of mappings"),
            ("policies: [{kind: cancellation}]", "an entry of “policies” needs “rules”"),
            ("services: [{name: A, synonym: [B]}]", "did you mean “synonyms”?"),
            ("numbers: [{name: Mitte}]", "an entry of “numbers” needs “token”"),
        ],
    )
    def test_a_mistake_is_named_with_the_right_word(self, read, more, message):
        with pytest.raises(ScenarioError) as caught:
            read(more)
        assert message in str(caught.value)
        assert str(caught.value).startswith("story.yaml:3: ")


class TestPlaying:
    KNOWN = (
        'known: [{name: Erika Muster, phone: "+4917139200107", '
        "appointments: [{at: 2025-10-20 14:00, service: Färben}]}]"
    )

    def test_a_known_appointment_stands_on_both_sides_and_the_ledgers_agree(self, play):
        steps = """\
  - ledger:
    expect:
      customers: {contains: {name: Erika Muster}}
      appointments: {contains: {starts_at: {matches: "^2025-10-20T12:00"}}}
  - calcom_cancels: {uid: known1x000000000000001}
    expect: {uid: known1x000000000000001}
  - ledger:
    expect: {appointments: {contains: {status: confirmed}}}
  - reconcile
"""
        finished, events = play(story(self.KNOWN, steps, 1))
        assert (finished.verdict, missed(events)) == (Verdict.PASSED, [])

    def test_a_new_service_has_an_event_type_of_its_own(self, play):
        more = "services: [{name: Maniküre, event_type: 2563999, minutes: 30, staff: Jana}]"
        steps = """\
  - free: {service: Maniküre, starts: [2025-10-20 14:00]}
  - check: {datum: 20.10.2025, uhrzeit: "14:00", dienstleistung: Maniküre}
    expect: {status: available, service: Maniküre}
  - asked_calcom: list_slots
    expect: {count: 1, last: {status: 200, query: {eventTypeId: "2563999"}}}
"""
        finished, events = play(story(more, steps))
        assert (finished.verdict, missed(events)) == (Verdict.PASSED, [])

    def test_what_the_seed_does_not_have_is_the_benchs_error(self, play):
        finished, _ = play(story("known: [{name: A, appointments: [{at: 2025-10-20 14:00, branch: Süd}]}]"))
        assert (finished.verdict, "there is no branch Süd" in finished.reason) == (Verdict.ERROR, True)
