"""How dates are written and read in the whole portal, where Django does it."""
