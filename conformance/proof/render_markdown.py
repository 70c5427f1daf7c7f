"""proof.md: what a proof has shown, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.catalogue import load
from conformance.proof import detection, false_positives

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.proof.results import Proof

__all__ = ["headline", "render"]

CELLS = {"+": "{}", "-": "**not {}**", "!": "**wrongly {}**"}


def headline(proof: Proof) -> str:
    """Return the verdict and the rates, in a few lines for a terminal."""
    lines = [f"{'not ' if proof.objections else ''}proven"]
    if proof.trials:
        quality = detection.quality(proof.trials)
        lines.append(f"faults detected: {_of(quality.detected, quality.trials)}")
        lines.append(f"faults reported exactly: {_of(quality.exact, quality.trials)}")
        lines.append(f"precision and recall of the diagnosis: {quality.precision:.2%}, {quality.recall:.2%}")
    if proof.visits:
        count = false_positives.false_alarms(proof.visits)
        bound = false_positives.upper_bound(count, len(proof.visits))
        below = "" if bound is None else f", below {bound:.2%} at 95 %"
        lines.append(f"false alarms: {_of(count, len(proof.visits))}{below}")
    if proof.mutants:
        noticed = sum(mutant.noticed_by is not None for mutant in proof.mutants)
        lines.append(f"worthless oracles noticed: {_of(noticed, len(proof.mutants))}")
    if proof.repetition:
        same = "differ" if proof.repetition.objections else "are the same"
        lines.append(f"repeated runs: {proof.repetition.runs}, which {same}")
    return "\n".join(lines)


def render(proof: Proof, document: dict[str, Any]) -> str:
    """Return the document; `document` is the proof as `render_json` has it."""
    lines = [
        "# Proof of the suite",
        "",
        f"This is version {document['suite_version']} of the suite, judged by itself; `make prove` wrote this page.",
        f"It has {document['requirements']} requirements; the specification is version {document['spec']['version']}.",
        "",
        *_table(("What", "Rate"), [line.split(": ", 1) for line in headline(proof).splitlines()[1:]]),
        "",
        *_objections(document["objections"]),
        *_reading(),
        *_faults(document),
        *_requirements(document),
        *_first(document),
        *_zoo(document),
        *_mutations(document),
        *_determinism(document),
        *_cost(proof, document),
        *_again(),
    ]
    return "\n".join(lines) + "\n"


def _objections(objections: Sequence[str]) -> list[str]:
    if not objections:
        return ["Nothing was missed, misattributed or unexercised.", ""]
    return _section("What is wrong", *(f"- {_plain(objection)}" for objection in objections))


def _reading() -> list[str]:
    return _section(
        "How to read the rates",
        "- A fault is *detected* if one of the requirements that it breaks is reported.",
        "- It is reported *exactly* if those requirements are reported, each by one finding, and no others.",
        "- *Precision* is the part of all reported pairs of fault and requirement that is right.",
        "- *Recall* is the part of all right pairs that is reported.",
        "- A *false alarm* is a failure or a warning on a server that conforms, or any exit code but 0.",
        "- The bound is the rule of three; it holds for servers like these, which were chosen and not drawn by lot.",
        "- The faults are ours as well: the rates say what the suite does to faults that somebody has thought of.",
    )


def _faults(document: dict[str, Any]) -> list[str]:
    rows = [
        (
            f"`{f['name']}`",
            ", ".join(f["expected"]),
            "the same" if f["expected"] == f["reported"] else f"**{', '.join(f['reported']) or 'nothing'}**",
            "yes" if f["exact"] else f"**no**: {_plain(f['objection'])}",
            f["requests"],
            "-" if f["first_finding"] is None else f"{f['first_finding']} ({f['first_finding'] / f['requests']:.0%})",
            f"{f['relative_time']:.1f}",
        )
        for f in sorted(document["faults"], key=lambda f: bool(f["exact"]))
    ]
    return _section(
        "Faults",
        "Each is switched on in the mock, which the whole suite then judges; what went wrong comes first.",
        "The time is relative to a run on the mock without faults.",
        "",
        *_table(("Fault", "Breaks", "Reported", "Exact", "Requests", "First finding at request", "Time"), rows),
    )


def _requirements(document: dict[str, Any]) -> list[str]:
    matrix = document["matrix"]
    rows = []
    for requirement in load():
        cells = zip(matrix["faults"], matrix["rows"][requirement.id], strict=True)
        names = [CELLS[cell].format(f"`{name}`") for name, cell in cells if cell in CELLS]
        rows.append((requirement.id, requirement.level.value, ", ".join(names) or "observed, not judged"))
    return _section(
        "Requirements",
        "Which faults each requirement was reported for; the matrix itself is in [proof.json](proof.json).",
        "",
        *_table(("Requirement", "Level", "Reported for"), rows),
    )


def _first(document: dict[str, Any]) -> list[str]:
    first = document["first_finding"]
    if first is None:
        return []
    return _section(
        "How soon",
        f"In the median, the first finding is seen at request {first['median']:g}.",
        f"It is seen by request {first['ninetieth']} for nine faults of ten, and by request {first['latest']} for all.",
        f"Within the first third of the run it is seen for {first['within_a_third']:.0%} of them.",
    )


def _zoo(document: dict[str, Any]) -> list[str]:
    rows = [
        (
            f"`{z['name']}`",
            _plain(z["summary"]),
            z["runs"],
            z["alarms"] if not z["alarms"] else f"**{z['alarms']}**: {_plain('; '.join(z['objections']))}",
            z["judged"],
            "-".join(map(str, sorted(set(z["requests"])))),
            f"{z['relative_time']:.1f}",
        )
        for z in sorted(document["zoo"], key=lambda z: -int(z["alarms"]))
    ]
    return _section(
        "Servers that conform",
        "They take turns with the seeds, so that each seed meets several; a finding here would be a false alarm.",
        "Judged is the number of requirements on which each run had something to say.",
        "",
        *_table(("Server", "What is particular", "Runs", "Alarms", "Judged", "Requests", "Time"), rows),
    )


def _mutations(document: dict[str, Any]) -> list[str]:
    found = {(m["oracle"], m["how"]): m for m in document["mutations"]}
    rows = [
        (key, *(_noticed(found[key, how]) for how in ("dropped", "negated")))
        for key in dict.fromkeys(m["oracle"] for m in document["mutations"])
    ]
    return _section(
        "Worthless oracles",
        "Each oracle in turn never judged, and then said the opposite of what it should.",
        "Some run then came out wrong, and this proof would have failed:",
        "",
        *_table(("Oracle", "Never judges: noticed by", "Says the opposite: noticed by"), rows),
    )


def _noticed(mutation: dict[str, Any]) -> str:
    if mutation["noticed_by"] is None:
        return "**nothing**"
    return f"`{mutation['noticed_by']}`: {_plain(mutation['seen'])}"


def _determinism(document: dict[str, Any]) -> list[str]:
    repeated = document["determinism"]
    if repeated is None:
        return []
    said = "All sent the same requests, and said the same." if repeated["equal"] else "**They were not the same.**"
    return _section(
        "Repetition",
        f"One seed was run {repeated['runs']} times on a fresh mock at one port.",
        "Each time it was a new interpreter with another hash seed; the last time, two of them shared the work.",
        said,
    )


def _cost(proof: Proof, document: dict[str, Any]) -> list[str]:
    total = sum(proof.minutes.values()) or 1.0
    parts = ", ".join(f"{section} {minutes / total:.0%}" for section, minutes in proof.minutes.items())
    requests = [fault["requests"] for fault in document["faults"]] or [0]
    return _section(
        "What it costs",
        f"A run on a mock with a fault sends {min(requests)} to {max(requests)} requests.",
        f"Measured on one machine with {proof.processes} processors: {total:.0f} minutes in all, of which {parts}.",
    )


def _again() -> list[str]:
    return [
        "## Once more",
        "",
        "```sh",
        "make prove                                                   # all of it; writes this page",
        "python -m conformance.proof --check --only faults            # one section; writes nothing",
        "python -m conformance.proof --faults error-code-13           # one fault",
        "python -m conformance.proof --check --only zoo --seeds 3     # fewer seeds",
        "```",
        "",
        "It ends with 1 if anything is missed, misattributed, wrongly accused or not repeatable, and says what.",
    ]


def _section(title: str, *lines: str) -> list[str]:
    return [f"## {title}", "", *lines, ""]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'|'.join(' --- ' for _ in head)}|",
        *(f"| {' | '.join(map(str, row))} |" for row in rows),
    ]


def _plain(text: str) -> str:
    """Return the text as one cell of a table."""
    return " ".join(text.replace("|", "\\|").split())


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})"
