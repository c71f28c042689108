from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from app.http import session_per_thread


class TestSessionPerThread:
    def test_one_thread_keeps_its_session(self):
        session = session_per_thread()
        assert session() is session()

    def test_another_thread_has_another(self):
        session = session_per_thread()
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(session).result() is not session()

    def test_the_environments_proxies_are_not_asked(self):
        assert session_per_thread()().trust_env is False

    def test_nothing_is_sent_twice(self):
        adapter = session_per_thread()().get_adapter("https://api.cal.com")
        assert adapter.max_retries.total == 0
