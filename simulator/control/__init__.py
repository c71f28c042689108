"""The control side that any fake can share: clock, faults, journal and the routes under ``/__admin``."""
