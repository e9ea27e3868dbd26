"""Forms about money, for whichever page asks for it."""
