"""What partners open: the Leads tab and the three-page form. Staff have the admin instead."""
