"""Conforming servers on the frameworks of others, and reverse proxies of others, which the suite must not accuse."""
