"""The results as tables for docs/READING.md."""

from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from reasons import REASONS, Reason

PACKAGES = ["dcm2niix", "SimpleITK", "nibabel", "pydicom", "pynrrd", "numpy"]
START = "<!-- From here on written by tests/golden/reading/compare.py. -->"


@dataclass
class Result:
    """What came of one comparison: agrees, unread (the other program reads nothing), explained or open."""

    kind: str
    case: str
    traits: set
    reader: str
    status: str
    text: str
    reason: Reason | None = None


def tables(kinds, results, seed):
    used = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    inputs = len({result.case for result in results})
    return "\n".join([f"Seed {seed}, {inputs} inputs. {used}.", "", *counts(kinds, results), "", *reasons(results)])


def counts(kinds, results):
    lines = [
        "| Inputs | Drawn | Compared with | Agree | It reads nothing | Differ, explained | Open |",
        "|---|---:|---|---:|---:|---:|---:|",
    ]
    for key, title, *_ in kinds:
        own = [result for result in results if result.kind == key]
        for nth, reader in enumerate(dict.fromkeys(result.reader for result in own)):
            found = Counter(result.status for result in own if result.reader == reader)
            first = f"{title} | {found.total()}" if nth == 0 else " | "
            what = "what was drawn" if reader == "drawn" else reader
            unread = "" if reader == "drawn" else found["unread"]
            lines.append(
                f"| {first} | {what} | {found['agrees']} | {unread} | {'' if reader == 'drawn' else found['explained']} | {found['open']} |"
            )
    return lines


def reasons(results):
    lines = ["| Program | Inputs with | Number | What it does, and why Islet does not |", "|---|---|---:|---|"]
    found = Counter((result.reason, result.reader) for result in results if result.reason)
    for one in REASONS:
        for reader in one.readers.split():
            if found[one, reader]:
                lines.append(f"| {reader} | {one.trait} | {found[one, reader]} | {one.why} |")
    return lines


def replace(path: Path, page):
    """Puts the tables behind the line that says so."""
    text, mark, _ = path.read_text().partition(START)
    if not mark:
        raise SystemExit(f"{path} has no line `{START}`")
    path.write_text(f"{text}{START}\n\n{page}\n")
