"""The mock server: the reference implementation of the API, with a control interface and switchable faults."""

from conformance.server.app import create_app
from conformance.server.embedded import EmbeddedServer
from conformance.server.settings import MockSettings

__all__ = ["EmbeddedServer", "MockSettings", "create_app"]
