"""Retell's envelopes and signatures."""
