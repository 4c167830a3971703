"""`python -m leadqual.embedded start|stop|status|url`, for the Makefile and for people."""

import sys

from django.conf import settings

from leadqual import embedded


def main(arguments: list[str]) -> int:
    match arguments:
        case ["start"]:
            print(embedded.ensure(settings.VAR))
        case ["stop"]:
            embedded.stop(settings.VAR)
        case ["url"]:
            print(embedded.url(settings.VAR))
        case ["status"]:
            running = embedded.is_running(settings.VAR)
            print("running" if running else "not running")
            return 0 if running else 3
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
