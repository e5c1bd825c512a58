"""The command line. It needs the extra ``cli`` (typer and rich), which nothing else in the package imports.

Files, in the order of their imports:

    usage.py     errors in one line, and the checks of what the user gives
    terminal.py  what is shown
    target.py    the file or module that is judged, run
    subjects.py  the derivations in it
    judgement.py each judged: by compare, or by gradcheck
    smallest.py  the smallest case in which one is wrong
    findings.py  what was found, shown
    check.py     ``tinygrad-bp check`` and ``tinygrad-bp derive``
    checkout.py  what is in a checkout and not in the package: the benchmarks
    commands.py  all commands: ``tinygrad-bp train``, ``tinygrad-bp notes`` and ``tinygrad-bp bench``
"""

from tinygrad_bp.cli.commands import app

__all__ = ["app"]
