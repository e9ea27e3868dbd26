"""The pages of the Commissions tab."""
