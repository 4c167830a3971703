#!/usr/bin/env python
"""Django's command line; starts the embedded database for the commands that need one."""

import atexit
import os
import sys

# Commands that read no row: they must work where no database can run.
WITHOUT_DATABASE = {"check", "collectstatic", "compilemessages", "help", "makemessages", "version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadqual.settings")
    from django.conf import settings
    from django.core.management import execute_from_command_line

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if settings.EMBEDDED_DATABASE and command.lstrip("-") not in WITHOUT_DATABASE:
        from leadqual import embedded

        embedded.ensure(settings.VAR)
        atexit.register(embedded.stop_if_unused, settings.VAR)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
