"""The command line; it needs the extra ``cli`` (typer and rich), which nothing else in the package imports.

usage.py     errors in one line, and the checks of what the user gives
terminal.py  what is shown
app.py       the commands: ``tinygrad-bp train`` and ``tinygrad-bp notes``
"""

from tinygrad_bp.cli.app import app

__all__ = ["app"]
