"""The proof of the suite: what it detects, what it wrongly accuses, and how well it names what is wrong."""
