"""The schemas of third parties are unchanged copies."""

import hashlib
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "schemas"


def test_each_schema_has_the_hash_in_the_readme() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    named = dict(re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", readme, re.MULTILINE))
    files = [path for path in FOLDER.iterdir() if path.name != "README.md"]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files} == named
