"""The forms of a lead: the three pages of the wizard, and sales' own."""
