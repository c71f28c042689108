"""Readers of the event stream: console, JUnit, JSON and pages. None of them knows how a scenario runs."""
