"""Run openapi-python-client on openapi.yaml in the current directory: `python generator.py CONFIG`.

It writes `tree`, and reads facts.json there for the templates. On an error it prints one line.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout
from itertools import chain
from pathlib import Path

from jinja2 import StrictUndefined
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.strings import ClassName
from ruamel.yaml import YAML

from scripts.client.collisions import collisions
from scripts.client.methods import UnsupportedError, read_methods
from scripts.client.operations import read_operations
from scripts.client.refusals import refusals

__all__ = ["main"]

TEMPLATES = Path(__file__).parent / "templates"


class ClientProject(Project):
    """A project with the modules `operations` and `spec`, which are formatted like the others."""

    def _create_package(self) -> None:
        super()._create_package()
        # The templates of openapi-python-client, which operations imports, ask for names that are not there.
        strict = self.env.overlay(undefined=StrictUndefined)
        for name, env in {"operations": self.env, "spec": strict}.items():
            code = env.get_template(f"{name}.py.jinja").render()
            (self.package_dir / f"{name}.py").write_text(code, encoding="utf-8")

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
    project = ClientProject(openapi=data, config=settings, custom_template_path=TEMPLATES)
    exports = vars(project.env.get_template("package_init.py.jinja").make_module({"choices": ()}))["exports"]
    identifiers = [operation.name for operation in read_operations(document)]
    try:
        methods, choices = read_methods(data, identifiers, frozenset(chain(*exports.values())))
    except UnsupportedError as error:
        return str(error)
    shared = {ClassName(name, "") for name in document.get("components", {}).get("schemas", {})}
    lenient = {enum.class_info.name for enum in data.enums} - ({choice.enum for choice in choices} - shared)
    facts = json.loads(Path("facts.json").read_bytes())
    project.env.globals.update(facts, methods=methods, choices=choices, lenient=lenient)
    project.env.filters["code"] = repr
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
