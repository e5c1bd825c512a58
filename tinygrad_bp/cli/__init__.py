"""The command line. It needs the extra ``cli`` (typer and rich), which nothing else in the package imports.

Files, in the order of their imports:

    usage.py     errors in one line, and the checks of what the user gives
    terminal.py  what is shown
    commands.py  ``tinygrad-bp train`` and ``tinygrad-bp notes``
"""

from tinygrad_bp.cli.commands import app

__all__ = ["app"]
