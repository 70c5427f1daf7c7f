"""Run openapi-python-client on openapi.yaml in the current directory: `python generator.py CONFIG`.

It writes `tree`, with the module `spec`, which is there, and the module `operations`. On an error it prints one line.
"""

from __future__ import annotations

import io
import shutil
import sys
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from ruamel.yaml import YAML

from scripts.client.methods import ConflictError, read_methods

__all__ = ["main"]


class ClientProject(Project):
    """A project with the module `operations`, which is formatted like the others."""

    def _create_package(self) -> None:
        endpoints = [e for c in self.openapi.endpoint_collections_by_tag.values() for e in c.endpoints]
        self.env.globals["read_methods"] = partial(read_methods, endpoints, self.openapi.models)
        super()._create_package()
        code = self.env.get_template("operations.py.jinja").render()
        (self.package_dir / "operations.py").write_text(code, encoding="utf-8")
        shutil.copyfile("spec.py", self.package_dir / "spec.py")


def main(config: str) -> str:
    """Generate the project, and return the first reason why the document cannot be expressed; empty if it can."""
    source = Path("openapi.yaml")
    settings = Config.from_sources(
        ConfigFile.load_from_path(Path(config)), MetaType.UV, source, "utf-8", overwrite=False, output_path=Path("tree")
    )
    data = GeneratorData.from_dict(YAML(typ="safe").load(source), config=settings)
    if isinstance(data, GeneratorError):
        return _on_one_line(data)
    project = ClientProject(openapi=data, config=settings, custom_template_path=Path("templates"))
    try:
        with redirect_stdout(io.StringIO()):  # the name of the directory
            errors = project.build()
    except ConflictError as error:
        return str(error)
    # A warning is an error, since it drops an operation or an answer.
    return _on_one_line(errors[0]) if errors else ""


def _on_one_line(error: GeneratorError) -> str:
    place = error.header.removeprefix("WARNING parsing ").partition(" within ")[0]
    return " ".join(f"{place}: {error.detail or 'no reason is given'}".split())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) or 0)
