"""proof.md: the results of a proof, worst first, rendered from the values of proof.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.proof import render_foreign
from conformance.proof.markdown import cell, of, section, table
from conformance.spec.catalogue import load

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["headline", "render"]

CELLS = {"+": "{}", "-": "**not {}**", "!": "**wrongly {}**"}


def headline(document: dict[str, Any]) -> str:
    """Return the verdict and the rates, in a few lines."""
    quality, false_positives, repeated = (document[key] for key in ("quality", "false_alarms", "determinism"))
    lines = ["proven" if document["proven"] else "not proven"]
    if quality["trials"]:
        lines.append(f"faults detected: {of(quality['detected'], quality['trials'])}")
        lines.append(f"faults reported exactly: {of(quality['exact'], quality['trials'])}")
        lines.append(f"precision and recall of the diagnosis: {quality['precision']:.2%}, {quality['recall']:.2%}")
    named = document["named"]
    if named["trials"]:
        lines.append(f"faults detected where the user names the batches: {of(named['detected'], named['trials'])}")
    for round_ in document["first_contact"]:
        found, broken, *_ = _first_contact_sums(round_)
        lines.append(f"first contact with servers of others, round {round_['round']}: {of(found, broken)}")
    others = document["others"]
    if others["found"]:
        lines.append(f"broken servers of others that are noticed, by one finding: {of(others['one'], others['found'])}")
    if false_positives["runs"]:
        bound = false_positives["upper_bound"]
        below = "" if bound is None else f", 95% upper bound {bound:.2%}"
        lines.append(f"false positives: {of(false_positives['alarms'], false_positives['runs'])}{below}")
    if document["mutations"]:
        detected = sum(mutation["noticed_by"] is not None for mutation in document["mutations"])
        lines.append(f"disabled or inverted checks detected: {of(detected, len(document['mutations']))}")
    if document["foreign"]:
        lines.append(f"mutants of a server of others detected: {of(*render_foreign.sums(document['foreign']))}")
    if repeated:
        lines.append(
            f"repeated runs: {repeated['runs']}, {'all the same' if repeated['equal'] else 'not all the same'}"
        )
    return "\n".join(lines)


def render(document: dict[str, Any]) -> str:
    """Return proof.md for the values of proof.json."""
    lines = [
        "# Proof of the suite",
        "",
        f"`make prove` tested version {document['suite_version']} of the suite and wrote this page.",
        f"It has {document['requirements']} requirements; the specification is version {document['spec']['version']}.",
        "",
        *table(("Result", "Rate"), [line.split(": ", 1) for line in headline(document).splitlines()[1:]]),
        "",
        *_objections(document["objections"]),
        *_definitions(),
        *_named(document),
        *_first_contact(document),
        *_others(document),
        *_faults(document),
        *_requirements(document),
        *_first_finding(document),
        *_servers(document),
        *_mutations(document),
        *render_foreign.section_on(document["foreign"]),
        *_determinism(document),
        *_cost(document),
        *_commands(),
    ]
    return "\n".join(lines) + "\n"


def _objections(objections: Sequence[str]) -> list[str]:
    if not objections:
        return ["No requirement was missed, misattributed or left unexercised.", ""]
    return section("Problems", *(f"- {cell(objection)}" for objection in objections))


def _definitions() -> list[str]:
    return section(
        "Definitions",
        "- A fault is *detected* if at least one of the requirements that it breaks is reported.",
        "- It is reported *exactly* if all of them are reported, with one finding each, and no others.",
        "- *Precision* is the share of the reported pairs of a fault and a requirement that are correct.",
        "- *Recall* is the share of the correct pairs that are reported.",
        "- A *false positive* is a failure or a warning on a conforming server, or an exit code other than 0.",
        "- The upper bound is the rule of three. The servers were chosen, not sampled: it holds only for similar ones.",
        "- The faults were written by the authors of the suite, so the rates only cover faults that they thought of.",
    )


def _faults(document: dict[str, Any]) -> list[str]:
    rows = [
        (
            f"`{f['name']}`",
            ", ".join(f["expected"]),
            "the same" if f["expected"] == f["reported"] else f"**{', '.join(f['reported']) or 'nothing'}**",
            "yes" if f["exact"] else f"**no**: {cell(f['objection'])}",
            f["requests"],
            "-" if f["first_finding"] is None else f"{f['first_finding']} ({f['first_finding'] / f['requests']:.0%})",
            f"{f['relative_time']:.1f}",
        )
        for f in sorted(document["faults"], key=lambda f: bool(f["exact"]))
    ]
    return section(
        "Faults",
        "For each fault, the whole suite runs against the mock with that fault. Problems come first.",
        "The time is relative to a run on the mock without faults.",
        "",
        *table(("Fault", "Breaks", "Reported", "Exact", "Requests", "First finding at request", "Time"), rows),
    )


def _named(document: dict[str, Any]) -> list[str]:
    missed = document["named"]["missed"]
    return section(
        "Batches that the user names",
        "The mock creates batches at will, which no real account does. So each fault is tried once more on a mock that",
        "creates none, with 40 ready batches named, four in each other state, four of another project, and an",
        "expired token. Not noticed then are faults that show only on IDs unlike any that the service issues:",
        "",
        *(f"- `{name}`" for name in missed),
    )


def _first_contact_sums(round_: dict[str, Any]) -> tuple[int, int, int, int]:
    """Return the numbers of broken servers that were found, and of all, and the same of accused and conforming ones."""
    areas = round_["areas"].values()
    found, broken, accused, conforming = (
        sum(area[key] for area in areas) for key in ("found", "broken", "alarms", "conforming")
    )
    return found, broken, accused, conforming


def _first_contact(document: dict[str, Any]) -> list[str]:
    rounds = document["first_contact"]
    rows = [
        (round_["round"], name, f"{area['found']} of {area['broken']}", f"{area['alarms']} of {area['conforming']}")
        for round_ in rounds
        for name, area in round_["areas"].items()
    ]
    missed = [f"- Round {r['round']}: {', '.join(f'`{name}`' for name in r['missed'])}." for r in rounds]
    return section(
        "First contact",
        "Others wrote broken and conforming servers in stacks of their own. This is what the first run on them found,",
        "at the commit of that day. What it missed was then looked into, before the next round was run.",
        "What is still not noticed, and why, is in",
        "[overlooked.toml](../selftest/proof/blind/overlooked.toml); the servers are beside it.",
        "A conforming server counts as accused if the run was inconclusive or had a warning.",
        "",
        *(f"- Round {r['round']}: written from {r['written_from']}." for r in rounds),
        "",
        *table(("Round", "Area", "Found", "Accused"), rows),
        "",
        "Missed at first contact:",
        "",
        *missed,
    )


def _others(document: dict[str, Any]) -> list[str]:
    others = document["others"]
    return section(
        "Findings on servers of others",
        f"Of the broken servers, {others['found']} are noticed now, and {others['one']} of them have one finding.",
        "These have several:",
        "",
        *(f"- `{server}`: {', '.join(found)}" for server, found in others["several"].items()),
    )


def _requirements(document: dict[str, Any]) -> list[str]:
    matrix = document["matrix"]
    rows = []
    for requirement in load():
        cells = zip(matrix["faults"], matrix["rows"][requirement.id], strict=True)
        names = [CELLS[cell].format(f"`{name}`") for name, cell in cells if cell in CELLS]
        rows.append((requirement.id, requirement.level.value, ", ".join(names) or "observed only"))
    return section(
        "Requirements",
        "The faults for which each requirement was reported. The matrix is in [proof.json](proof.json).",
        "",
        *table(("Requirement", "Level", "Reported for"), rows),
    )


def _first_finding(document: dict[str, Any]) -> list[str]:
    first = document["first_finding"]
    if first is None:
        return []
    return section(
        "First finding",
        "Number of the request that shows the first finding, over all faults:"
        f" median {first['median']:g}, 90th percentile {first['ninetieth']}, maximum {first['latest']}.",
        f"For {first['within_a_third']:.0%} of the faults it is within the first third of the run.",
    )


def _servers(document: dict[str, Any]) -> list[str]:
    rows = [
        (
            f"`{s['name']}`",
            cell(s["summary"]),
            s["runs"],
            s["alarms"] if not s["alarms"] else f"**{s['alarms']}**: {cell('; '.join(s['objections']))}",
            s["judged"],
            "-".join(map(str, sorted(set(s["requests"])))),
            f"{s['relative_time']:.1f}",
        )
        for s in sorted(document["zoo"], key=lambda s: -int(s["alarms"]))
    ]
    return section(
        "Conforming servers",
        "Each server runs with other seeds than the next one.",
        "Checked is the smallest number of requirements with a verdict in a run.",
        "",
        *table(("Server", "Description", "Runs", "False positives", "Checked", "Requests", "Time"), rows),
    )


def _mutations(document: dict[str, Any]) -> list[str]:
    found = {(m["oracle"], m["how"]): m for m in document["mutations"]}
    rows = [
        (key, *(_detected(found[key, how]) for how in ("dropped", "negated")))
        for key in dict.fromkeys(m["oracle"] for m in document["mutations"])
    ]
    return section(
        "Mutation of the suite",
        "The check of each requirement in turn was disabled, then inverted.",
        "The table lists the run that showed a problem, with which this proof would have failed.",
        "",
        *table(("Check", "Disabled: detected by", "Inverted: detected by"), rows),
    )


def _detected(mutation: dict[str, Any]) -> str:
    if mutation["noticed_by"] is None:
        return "**nothing**"
    return f"`{mutation['noticed_by']}`: {cell(mutation['seen'])}"


def _determinism(document: dict[str, Any]) -> list[str]:
    repeated = document["determinism"]
    if repeated is None:
        return []
    return section(
        "Repetition",
        f"One seed was run {repeated['runs']} times against a fresh mock on one port.",
        "Each run used a new interpreter with another hash seed, and the last one was made by plain pytest.",
        "All sent the same requests and reported the same." if repeated["equal"] else "**They were not the same.**",
    )


def _cost(document: dict[str, Any]) -> list[str]:
    cost = document["cost"]
    requests = [fault["requests"] for fault in document["faults"]] or [0]
    return section(
        "Cost",
        f"A run on a mock with a fault sends {min(requests)} to {max(requests)} requests.",
        f"On one machine, {cost['processors']} processes made all runs in {cost['minutes']} minutes.",
    )


def _commands() -> list[str]:
    return [
        "## Commands",
        "",
        "The runs are tests, which `make test` makes on each change.",
        "",
        "```sh",
        "make prove                                                # all of them; writes proof.json and this page",
        "pytest conformance/selftest/proof/whole -n 2              # the same; writes nothing",
        "pytest conformance/selftest/proof/whole -k error-code-13  # one fault",
        "```",
    ]
