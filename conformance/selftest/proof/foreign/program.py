"""Running the source of a program in a process of its own, which has imported the usual modules already."""

from __future__ import annotations

import email.utils  # noqa: F401 - like the others that are not used here: for the program
import http.server  # noqa: F401
import json  # noqa: F401
import os
import socket  # noqa: F401
import sys
import threading  # noqa: F401
import urllib.parse  # noqa: F401
import uuid  # noqa: F401
from types import ModuleType

__all__ = ["run"]


def run(source: str, path: str, options: tuple[str, ...]) -> None:
    """Run a program as `python3 PATH OPTIONS` would, but without its output; never returns before it ends."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    sys.argv = [path, *options]
    module = ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"] = module
    exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102 - what this module is for
