"""``python -m benchmarks``: measure, print tables, write every figure as JSON. Progress goes to standard error.

It starts a PostgreSQL cluster of its own and leaves nothing behind but its report; see ``benchmarks/README.md``.
"""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from benchmarks.budget_report import budget_report
from benchmarks.figures import rows
from benchmarks.machine import UnfitDirectory
from benchmarks.options import parse
from benchmarks.promises import targets
from benchmarks.report import report
from benchmarks.rounds import Measured, Session
from benchmarks.tables import put_between

_README: Final = Path(__file__).with_name("README.md")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; 0 when they ran, whatever they measured."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGALRM, _overdue)
    signal.alarm(options.limit_seconds)
    try:
        measured = Session(options).measure()
    except UnfitDirectory as unfit:
        print(unfit, file=sys.stderr)
        return 2
    signal.alarm(0)
    sections = {"results": report(measured)} if measured.samples else {}
    if measured.budget is not None:
        sections["budget"] = budget_report(measured.budget)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_bytes(as_json(measured))
    for name, text in sections.items():
        if options.readme:
            page = _README.read_text(encoding="utf-8")
            _README.write_text(put_between(page, name, text), encoding="utf-8")
        print(text)
    print(f"Every figure: {options.json}", file=sys.stderr)
    return 0


def as_json(measured: Measured) -> bytes:
    """Return every run, the sums and the promised figures as JSON."""
    found = rows(measured.samples)
    promised = [
        {"name": t.name, "limit": t.limit, "at_most": t.at_most, "reached": t.reached, "met": t.met}
        for t in targets(found)
    ]
    # Paths say something about one machine only.
    options = msgspec.structs.replace(measured.options, directory=None, json=Path("-"))
    document = {
        "machine": measured.machine,
        "options": options,
        "seconds_taken": measured.seconds_taken,
        "tpcb_per_second": measured.baselines,
        "rows": found,
        "targets": promised,
        "sizes": measured.sizes,
        "budget": measured.budget,
        "phases": measured.phases,
        "samples": measured.samples,
    }
    return msgspec.json.format(msgspec.json.encode(document, enc_hook=str), indent=1) + b"\n"


def _stop(number: int, frame: object) -> NoReturn:
    del frame
    raise SystemExit(128 + number)


def _overdue(number: int, frame: object) -> NoReturn:
    del frame
    # Whatever cannot be ended in a minute is ended by the system.
    signal.signal(number, signal.SIG_DFL)
    signal.alarm(60)
    raise TimeoutError("the benchmarks took far longer than they should and were ended")


if __name__ == "__main__":
    sys.exit(main())
