"""Demo data: three organizations' people and half a year of leads, each through the real entry points."""
