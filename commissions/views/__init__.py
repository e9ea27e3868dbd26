"""What partners open on the Commissions tab. Staff have the admin instead."""
