"""The barriers that axe-core finds in a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def barriers(page: Page) -> list[str]:
    """Return the serious and critical violations that axe-core finds, each with its place."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {' '.join(node['target'])}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
