"""What the generator cannot make: written by hand in scripts/client/runtime, and copied from there as it is."""

import logging

# Whoever wants to see what is logged says so; nothing is printed unasked.
logging.getLogger("drs_batch_client").addHandler(logging.NullHandler())
