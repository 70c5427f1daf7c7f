"""The part of the client that is written by hand, copied from scripts/client/runtime and conformance/auth."""

import logging

# Nothing is printed unless the user configures logging.
logging.getLogger("drs_batch_client").addHandler(logging.NullHandler())
