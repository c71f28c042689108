from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.statuses import OutboxStatus
from app.storage.models import OutboxMessage
from app.usecases.outbox import MOST_TRIES
from tests.integration.bench import WISH


@pytest.fixture
def message(bench):
    """Books, so that a message waits; reads it as it stands."""
    bench.book(replace(WISH, email="erika@example.com"))
    return lambda: bench.only(OutboxMessage)


class TestDelivering:
    def test_a_waiting_message_leaves_once(self, bench, message):
        assert (bench.deliver(), bench.deliver()) == (1, 0)
        (mail,) = bench.mailer.sent
        assert mail.recipient == "erika@example.com"
        assert "Montag, 20. Oktober um 14:00 Uhr" in mail.subject
        assert mail.calendar_file.startswith("BEGIN:VCALENDAR")
        assert message().status is OutboxStatus.DELIVERED
        assert message().delivered_at == bench.clock.now()

    def test_the_calendar_file_holds_the_instants(self, bench, message):
        assert "DTSTART:20251020T120000Z" in message().calendar_file
        assert "DTEND:20251020T123000Z" in message().calendar_file

    def test_while_one_worker_sends_it_another_does_not(self, bench, message):
        seen = []

        class Slow:
            def send(self, mail):
                seen.append(bench.deliver())

        bench.parts = replace(bench.parts, mailer=Slow())
        assert bench.deliver() == 1
        assert seen == [0]

    def test_a_worker_that_died_over_it_lets_another_send_it(self, bench, message):
        bench.faults.arm("message_delivered", "db_error", 1)
        assert bench.deliver() == 0
        bench.clock.advance(minutes=1)
        assert bench.deliver() == 0
        bench.clock.advance(minutes=2)
        assert bench.deliver() == 1

    def test_nothing_due_is_nothing_done(self, bench):
        assert bench.deliver() == 0


class TestRetrying:
    def test_a_refused_mail_is_tried_again_later_and_later(self, bench, message):
        bench.mailer.refusals = 3
        waits = []
        for _ in range(3):
            assert bench.deliver() == 0
            waits.append(message().due_at - bench.clock.now())
            bench.clock.set(message().due_at)
        assert waits == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
        assert bench.deliver() == 1

    def test_not_before_it_is_due(self, bench, message):
        bench.mailer.refusals = 1
        bench.deliver()
        bench.clock.advance(seconds=29)
        assert bench.deliver() == 0

    def test_after_five_tries_it_is_parked(self, bench, message):
        bench.mailer.refusals = 99
        for _ in range(MOST_TRIES + 2):
            bench.deliver()
            bench.clock.advance(hours=1)
        assert message().status is OutboxStatus.PARKED
        assert message().tries == MOST_TRIES

    def test_one_messages_error_does_not_stop_the_others(self, bench):
        bench.book()
        bench.book(replace(WISH, uhrzeit="15:00", another=True))
        bench.faults.arm("lease_message", "db_error", 1)
        assert bench.deliver() == 1
        assert bench.deliver() == 1
        assert bench.logged("outbox.undelivered")[0]["error"] == "OperationalError"
