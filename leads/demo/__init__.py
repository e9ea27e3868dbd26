"""Demo data: three organisations' people and half a year of leads, each through the real doors."""
