"""What a conforming server does: the catalogue of requirements."""
