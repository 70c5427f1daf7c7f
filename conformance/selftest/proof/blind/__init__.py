"""Servers that others wrote from the documentation alone, without sight of the suite, to see what it overlooks.

A round is never edited once it was run: conformance/docs/first-contact.json has the results of the first run of each.
"""
