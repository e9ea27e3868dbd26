"""What the vendor sells, at which price from when, and under which terms partners are paid."""
