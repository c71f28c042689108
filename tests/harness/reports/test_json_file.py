from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.events import Choice, Exchange, SuiteFinished
from harness.reports.json_file import JsonReport, json_line


class TestJsonReport:
    def test_the_whole_stream_is_in_the_file_in_its_order(self, run, tell, tmp_path):
        tell(JsonReport(tmp_path / "run.json"), run)

        told = json.loads((tmp_path / "run.json").read_text())

        assert told["format"] == "askpro-scenarios/1"
        assert [event["event"] for event in told["events"]] == [type(event).__name__ for event in run]

    def test_the_same_run_gives_the_same_bytes_however_long_it_took(self, run, tell, tmp_path):
        slower = [*run[:-1], replace(run[-1], wall_seconds=99.0)]
        tell(JsonReport(tmp_path / "one.json"), run)
        tell(JsonReport(tmp_path / "two.json"), slower)

        assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
        assert "wall" not in (tmp_path / "one.json").read_text()

    def test_an_exchange_keeps_body_headers_and_virtual_time(self, run, tell, tmp_path):
        tell(JsonReport(tmp_path / "run.json"), run)
        events = json.loads((tmp_path / "run.json").read_text())["events"]
        exchange = next(event for event in events if event["event"] == "Exchange" and event["request"])
        given = next(event for event in run if isinstance(event, Exchange) and event.request)

        assert exchange["request"] == given.request
        assert exchange["seconds"] == given.seconds
        assert exchange["response_headers"] == [list(pair) for pair in given.response_headers]

    def test_keys_are_sorted_and_words_stay_readable(self):
        line = json_line(Choice(seconds=0.1 + 0.2, ready=("Müller", "worker"), index=1))

        assert line == '{"event": "Choice", "index": 1, "ready": ["Müller", "worker"], "seconds": 0.3}'

    def test_a_number_no_reader_could_take_is_refused(self):
        with pytest.raises(ValueError, match="JSON compliant"):
            json_line(Choice(seconds=float("nan"), ready=(), index=0))

    def test_nothing_is_written_before_the_run_is_over(self, run, tell, tmp_path):
        assert isinstance(run[-1], SuiteFinished)
        tell(JsonReport(tmp_path / "run.json"), run[:-1])

        assert not (tmp_path / "run.json").exists()
