"""``python -m tinygrad_bp``, and the ``tinygrad-bp`` command: what they need beyond NumPy is the extra ``cli``."""

from __future__ import annotations

import sys

EXTRA = ("click", "rich", "typer")


def main() -> None:
    """Run the command line; exit code 2, and one line on stderr, where the extra is missing."""
    try:
        from tinygrad_bp.cli import app
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in EXTRA:
            raise
        print(f'error: {missing} is missing; the command needs it: pip install "tinygrad_bp[cli]"', file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    app(prog_name="tinygrad-bp")


if __name__ == "__main__":
    main()
