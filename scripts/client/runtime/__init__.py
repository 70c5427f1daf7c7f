"""The part of the client that is written by hand; its `blocking` is made from its `aio`."""

import logging

# Nothing is printed unless the user configures logging.
logging.getLogger("drs_batch_client").addHandler(logging.NullHandler())
