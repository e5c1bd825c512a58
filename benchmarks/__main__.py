"""`python -m benchmarks`: see the package's docstring for how it measures."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import __doc__ as how
from . import environment

environment.one_thread()  # before NumPy is imported, and for every process started from here

from .checks import DisagreementError  # noqa: E402
from .markdown import markdown  # noqa: E402
from .table import header, text  # noqa: E402
from .timing import measure  # noqa: E402
from .worker import CompetitorError  # noqa: E402
from .workloads import WORKLOADS  # noqa: E402

FORMATS = (".svg", ".png", ".pdf")


def main(arguments: list[str] | None = None) -> int:
    """0 if all ran and agreed, 1 if numbers disagree, 2 if one of ours failed, 130 if interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=how, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {', '.join(WORKLOADS)} (all)")
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds (9)")
    parser.add_argument("--quick", action="store_true", help="3 short rounds, without what takes long: a look")
    parser.add_argument("--minutes", type=float, help="after which no further workload is begun (15; 3 if --quick)")
    parser.add_argument("--fresh", action="store_true", help="also with the allocator as a new process has it")
    parser.add_argument(
        "--only", metavar="LABEL", nargs="+", help="competitors whose label begins so, and the reference"
    )
    parser.add_argument("--json", metavar="PATH", type=Path, help="write everything measured there")
    parser.add_argument("--markdown", metavar="PATH", type=Path, help="write the median ratios as a table there")
    parser.add_argument("--plot", metavar="PATH", type=Path, help=f"draw the ratios there: {' '.join(FORMATS)}")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"no workload {', '.join(unknown)}: choose from {', '.join(WORKLOADS)}")
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    draw = _drawing(parser) if options.plot else None
    for path in (options.json, options.plot, options.markdown):
        if path and (path.is_dir() or not path.resolve().parent.is_dir()):
            parser.error(f"{path}: {'is a folder' if path.is_dir() else 'there is no such folder'}")
    if options.plot and options.plot.suffix.lower() not in FORMATS:
        parser.error(f"--plot {options.plot}: the suffix must be one of {', '.join(FORMATS)}")
    rounds, seconds = (3, 0.03) if options.quick else (options.rounds, 0.2)
    only = (lambda label: label.startswith(tuple(options.only))) if options.only else (lambda label: True)

    slow = not options.quick
    machine = environment.describe()
    print(header(machine, rounds))
    minutes = options.minutes if options.minutes is not None else 3 if options.quick else 15
    deadline = time.monotonic() + 60 * minutes
    outcomes, left_out = [], {}
    code = 0
    runs = [
        (name, regime)
        for name in options.workloads or WORKLOADS
        for regime in (("warmed", "fresh") if options.fresh and WORKLOADS[name].fresh else ("warmed",))
    ]
    for name, regime in runs:
        workload = WORKLOADS[name]
        if options.quick and workload.slow and not options.workloads:
            left_out[name] = "left out of a quick run of everything"
        elif time.monotonic() > deadline:
            left_out[name] = f"left out: {minutes:g} minutes are over (--minutes)"
        if name in left_out:
            print(f"\n{name}: {workload.title}\n  {left_out[name]}", flush=True)
            continue
        try:
            outcome = measure(workload, regime=regime, rounds=rounds, seconds=seconds, slow=slow, only=only, say=_say)
        except (DisagreementError, CompetitorError, KeyboardInterrupt) as error:
            code, what = _ended(name, error)
            print(f"\r{what}", file=sys.stderr)
            break
        _say("")
        print("\n" + text(outcome), flush=True)
        outcomes.append(outcome)
    report = {
        "machine": machine,
        "rounds": rounds,
        "outcomes": [outcome.to_dict() for outcome in outcomes],
        "left_out": left_out,
    }
    if options.json:
        text_of_report = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)
        options.json.write_text(text_of_report + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(markdown(report) + "\n", encoding="utf-8")
    if draw:
        draw(report, options.plot)
    failures = [f"{outcome.workload.name}: {label}" for outcome in outcomes for label in outcome.failures()]
    for failure in failures:
        print(f"{failure} failed", file=sys.stderr)
    return code or (2 if failures else 0)


def _ended(name: str, error: BaseException) -> tuple[int, str]:
    """Exit code and words for what ends the run; what has been measured until then is written all the same."""
    if isinstance(error, DisagreementError):
        return 1, f"the numbers disagree: {error}"
    return (2, f"{name} failed:\n{error}") if isinstance(error, CompetitorError) else (130, "interrupted")


def _drawing(parser: argparse.ArgumentParser) -> Callable[[dict[str, Any], Path], None]:
    try:
        from .plot import draw
    except ModuleNotFoundError as error:
        parser.error(f"--plot needs {error.name}, from the extra report: pip install matplotlib")
    return draw


def _say(what: str) -> None:
    """What is going on, on one line of the terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{what}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
