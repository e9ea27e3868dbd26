"""How a partner's balance is paid: billing details, withdrawals, batches and their files."""
