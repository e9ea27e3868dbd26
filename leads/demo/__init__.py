"""Demo data: three organizations and half a year of leads, each through the real entry points."""
