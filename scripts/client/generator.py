"""Run openapi-python-client on openapi.yaml in the current directory: `python generator.py CONFIG`.

It writes `tree`, with the module `spec`, which is there, and the module `operations`. On an error it prints one line.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
from contextlib import redirect_stdout
from pathlib import Path

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.strings import ClassName
from ruamel.yaml import YAML

from scripts.client.collisions import collisions
from scripts.client.methods import UnsupportedError, read_methods
from scripts.client.refusals import operation_ids, refusals, schema_names

__all__ = ["main"]

EXPORTS = Path(__file__).parent / "templates" / "package_init.py.jinja"
EXPORTED = re.compile(r'^    "(\w+)",$', re.MULTILINE)
"""A name that the package has by that template."""


class ClientProject(Project):
    """A project with the module `operations`, which is formatted like the others."""

    def _create_package(self) -> None:
        super()._create_package()
        code = self.env.get_template("operations.py.jinja").render()
        (self.package_dir / "operations.py").write_text(code, encoding="utf-8")
        shutil.copyfile("spec.py", self.package_dir / "spec.py")

    def _run_post_hooks(self) -> None:
        # Before the hooks, which remove what is hidden.
        for reason in collisions(self.package_dir):
            raise UnsupportedError(reason)
        super()._run_post_hooks()


def main(config: str) -> str:
    """Generate the project, and return the first reason why the document cannot be expressed; empty if it can."""
    source = Path("openapi.yaml")
    settings = Config.from_sources(
        ConfigFile.load_from_path(Path(config)), MetaType.UV, source, "utf-8", overwrite=False, output_path=Path("tree")
    )
    document = YAML(typ="safe").load(source)
    reason = next(refusals(document), "")
    if reason:
        return reason
    data = GeneratorData.from_dict(document, config=settings)
    if isinstance(data, GeneratorError):
        return _on_one_line(data)
    # A warning is an error, since it drops an operation or an answer. Those of schemas are the causes of others.
    collections = data.endpoint_collections_by_tag.values()
    errors = [*data.errors, *(error for collection in collections for error in collection.parse_errors)]
    if errors:
        return _on_one_line(errors[0])
    try:
        exported = EXPORTED.findall(EXPORTS.read_text(encoding="utf-8"))
        methods, choices = read_methods(data, operation_ids(document), frozenset(exported))
    except UnsupportedError as error:
        return str(error)
    project = ClientProject(openapi=data, config=settings, custom_template_path=Path("templates"))
    arguments = {choice.enum for choice in choices} - {ClassName(name, "") for name in schema_names(document)}
    lenient = {enum.class_info.name for enum in data.enums} - arguments
    project.env.globals.update(methods=methods, choices=choices, lenient=lenient)
    try:
        with redirect_stdout(io.StringIO()):  # the name of the directory
            failures = project.build()
    except UnsupportedError as error:
        return str(error)
    return _on_one_line(failures[0]) if failures else ""


def _on_one_line(error: GeneratorError) -> str:
    place = error.header.removeprefix("WARNING parsing ").partition(" within ")[0].strip(": ")
    return " ".join(f"{place}: {error.detail or 'no reason is given'}".split())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) or 0)
