"""Load on a running gateway: callers who book, what was measured, and what it had to be.

Only ``locustfile``, ``users`` and ``shapes`` import Locust, which patches the whole process; the rest starts
it as a process of its own.
"""
