"""The Leads tab, a lead's page and the home page, for partners."""
