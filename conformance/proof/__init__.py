"""The proof of the suite: its detection rate, its false positive rate, and the precision of its diagnosis."""
