from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from harness.events import InvariantJudged, InvariantState
from harness.reports.html_page import HtmlReport, scenario_page
from harness.reports.rendering import marked
from harness.reports.story import Story

VOID = {"meta", "link", "br", "rect", "line", "circle", "path"}


class Reader(HTMLParser):
    """All elements with their attributes, the text, and whether every element was closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        self.words.append(data)

    def named(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def case(self, anchor):
        return next(attributes for _, attributes in self.elements if attributes.get("id") == anchor)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.words))


@pytest.fixture
def page(tell):
    def render(events) -> str:
        story = Story()
        tell(story, events)
        return scenario_page(story)

    return render


class TestTheFile:
    def test_the_same_run_gives_the_same_bytes_however_long_it_took(self, run, tell, tmp_path):
        tell(HtmlReport(tmp_path / "one" / "index.html"), run)
        tell(HtmlReport(tmp_path / "two" / "index.html"), [*run[:-1], replace(run[-1], wall_seconds=99.0)])

        one, two = (tmp_path / name / "index.html" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()

    @pytest.mark.parametrize("kind", ["run", "passed_run", "live_run"])
    def test_every_element_is_closed_in_order_and_every_id_is_there_once(self, kind, page, request):
        reader = Reader(page(request.getfixturevalue(kind)))
        ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]

        assert (reader.wrong, reader.open) == ([], [])
        assert len(ids) == len(set(ids))

    def test_it_needs_no_script_and_no_other_file(self, page, run):
        reader = Reader(page(run))
        links = [a.get("href") or a.get("src") for _, a in reader.elements if "href" in a or "src" in a]

        assert not reader.named("script")
        assert [link for link in links if not link.startswith("#")] == ["data:,"]
        assert not any("style" in a or any(name.startswith("on") for name in a) for _, a in reader.elements)

    def test_its_policy_lets_in_exactly_its_own_style(self, page, run):
        text = page(run)
        style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
        digest = b64encode(sha256(style.encode()).digest()).decode()
        policy = next(m["content"] for m in Reader(text).named("meta") if m.get("http-equiv"))

        assert f"style-src 'sha256-{digest}'" in policy
        assert policy.startswith("default-src 'none'")

    def test_what_came_over_the_wire_is_text(self, page, run):
        text = page(run)

        assert "<script>alert(1)" not in text
        assert "&lt;script&gt;alert(1)" in text

    def test_a_run_without_its_end_is_refused(self, page, run):
        with pytest.raises(ValueError, match="whole run"):
            page(run[:-1])


class TestTheHeading:
    def test_it_is_the_consoles_last_line(self, page, run):
        assert "<h1>6 passed, 2 failed, 1 error, 1 skipped</h1>" in page(run)

    def test_its_shape_is_the_verdict(self, page, run, passed_run, live_run):
        shapes = [
            re.search(r'<svg class="shape is-(\w+) big"', page(r)).group(1)
            for r in (run, passed_run, live_run)
        ]

        assert shapes == ["failed", "passed", "inconclusive"]

    def test_facts_and_scope_stand_beside_it(self, page, run):
        text = Reader(page(run)).text

        assert "10 scenarios, 7 invariants after each. Suite rca, virtual world" in text
        assert "faults fired4 of 5" in text.replace("</dt>", "")

    def test_one_segment_a_scenario_worst_first(self, page, run):
        segments = re.search(r'<div class="segments".*?</div>', page(run), re.DOTALL).group()
        kinds = re.findall(r'class="is-(\w+)"', segments)

        assert kinds == ["failed", "failed", "error", "skipped", *["passed"] * 6]


class TestTheRows:
    def test_failed_stands_open_and_passed_closed(self, page, run):
        reader = Reader(page(run))

        assert "open" in reader.case("late_commit")
        assert "open" in reader.case("half_an_answer")
        assert "open" not in reader.case("slot_taken_in_between")

    def test_a_failed_row_says_what_did_not_hold_and_how_to_see_it_again(self, page, run):
        text = Reader(page(run)).text

        assert "both ledgers agree does not hold. Cal.com holds bk_m3KdT8" in text
        assert "Again: askpro scenarios run late_commit --seed 20251013" in text

    def test_a_missed_expectation_shows_what_was_wanted_and_got(self, page, run):
        assert "wantedavailable <b>gotunavailable" in Reader(page(run)).text.replace(" wanted ", "wanted")

    def test_a_step_that_never_ran_says_so(self, page, run):
        assert re.search(r"book</dt>\s*<dd><pre>\{…\}</pre>\s*<span class=\"quiet\">not run", page(run))

    def test_a_skipped_row_names_its_reason_and_opens_to_nothing(self, page, run):
        text = page(run)

        assert 'div class="case is-skipped" id="clock_change"' in text
        assert "this gateway&#39;s clock cannot be set" in text

    def test_one_scenario_run_twice_keeps_two_anchors(self, page, run):
        twice = [*run[:-1], *run[1:-1], run[-1]]

        assert Reader(page(twice)).case("late_commit-2")

    def test_books_tell_by_word_whether_they_agree(self, page, run):
        text = Reader(page(run)).text

        assert "20 Oct 14:00„wird geprüft“no appointmentbk_m3KdT8differ" in text
        assert "rival's bk_r7Qeagree" in text

    def test_every_exchange_opens_to_request_and_response(self, page, run):
        text = Reader(page(run)).text

        assert "Request · POST /api/retell/collect-appointment" in text
        assert '"uhrzeit": "14:00"' in text
        assert "Response · no answer" in text

    def test_a_violation_the_scenario_owns_up_to_is_no_failure(self, page, passed_run):
        excused = [
            replace(event, state=InvariantState.BROKEN, detail="two bookings", excused="that is the trap")
            if isinstance(event, InvariantJudged) and event.name == "no_slot_booked_twice"
            else event
            for event in passed_run
        ]
        text = Reader(page(excused)).text

        assert "6 of 7" in text
        assert "As this scenario says: that is the trap" in text
        assert "3 passed, 0 failed" in text


class TestALiveRun:
    def test_a_column_says_what_could_not_be_seen(self, page, live_run):
        text = Reader(page(live_run)).text

        assert "Not checked" in text
        assert "both ledgers agree, no phone or e-mail in a log" in text
        assert "all 7" in text

    def test_it_does_not_promise_the_same_bytes(self, page, live_run):
        assert "byte for byte" not in page(live_run)


class TestMarked:
    def test_ids_and_backticks_are_code_and_the_rest_is_escaped(self):
        assert marked("Cal.com holds bk_1 <b> and `x < y`") == (
            "Cal.com holds <code>bk_1</code> &lt;b&gt; and <code>x &lt; y</code>"
        )
