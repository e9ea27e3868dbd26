"""How pages look, whichever app they belong to: formats, controls, base classes of admin pages."""
