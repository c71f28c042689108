"""Loops around `run_once` functions."""
