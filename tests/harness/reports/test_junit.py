from __future__ import annotations

from itertools import count
from xml.etree import ElementTree as ET

import pytest

from harness.reports.junit import JUnitReport


@pytest.fixture
def document(tell, tmp_path):
    def write(events):
        seconds = count()
        tell(JUnitReport(tmp_path / "junit.xml", lambda: next(seconds) * 0.5), events)
        return ET.parse(tmp_path / "junit.xml").getroot()

    return write


def case(root, name):
    return next(element for element in root.iter("testcase") if element.get("name") == name)


class TestJUnitReport:
    def test_the_suite_counts_its_tests_and_what_became_of_them(self, document, run):
        suite = document(run).find("testsuite")

        assert suite.get("tests") == "10"
        assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("2", "1", "1")
        assert suite.get("time") == "3.200"

    def test_counts_agree_with_the_elements(self, document, live_run):
        root = document(live_run)
        suite = root.find("testsuite")

        assert len(list(root.iter("skipped"))) == int(suite.get("skipped")) == 2
        assert len(list(root.iter("error"))) == int(suite.get("errors")) == 1

    def test_a_scenario_is_named_by_folder_and_id_and_timed_by_the_wall(self, document, run):
        element = case(document(run), "slot_taken_in_between")

        assert element.get("classname") == "harness.scenarios.rca"
        assert element.get("file") == "harness/scenarios/rca/slot_taken_in_between.yaml"
        assert element.get("time") == "0.500"
        assert not [child.tag for child in element if child.tag in {"failure", "error", "skipped"}]

    def test_a_failure_says_what_did_not_hold_and_how_to_see_it_again(self, document, run):
        failure = case(document(run), "late_commit").find("failure")

        assert "both ledgers agree does not hold" in failure.text
        assert "finally: appointments: 1 does not hold: wanted 1, got 0" in failure.text
        assert "Again: askpro scenarios run late_commit --seed 20251013" in failure.text

    def test_a_skipped_scenario_carries_its_reason(self, document, run):
        assert "cannot be set" in case(document(run), "clock_change").find("skipped").get("message")

    def test_incident_and_seed_are_properties(self, document, run):
        properties = case(document(run), "late_commit").find("properties")

        assert {p.get("name"): p.get("value") for p in properties}["incident"] == "1.19"

    def test_an_inconclusive_scenario_does_not_look_like_a_pass(self, document, live_run):
        assert case(document(live_run), "worker_slow").find("error").get("type") == "inconclusive"

    def test_markup_is_text_and_characters_xml_cannot_hold_are_replaced(self, document, run):
        element = case(document(run), "utc_trap")
        titles = [p.get("value") for p in element.iter("property") if p.get("name") == "title"]

        assert titles == ["A slot listed at 14:00Z & <script>alert(1)</script>"]
