"""Documents: what they contain, on the screen and as PDF."""
