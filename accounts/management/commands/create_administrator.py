"""The first person of an installation: manage.py create_administrator --email … --name …"""

import sys
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts.models import User


class Command(BaseCommand):
    help = "Create the administrator of this installation, who may create workspaces."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--password-stdin", action="store_true", help="Read the password from standard input."
        )

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        email = email.strip().lower()
        existing = User.objects.filter(email=email).first()
        if existing:
            self._promote(existing)
            return
        person = User(email=email, name=name)
        try:
            validate_email(email)
            person.set_password(self._password(person, from_stdin=options["password_stdin"]))
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        person.is_superuser = True
        person.save()
        self.stdout.write(f"{name} ({email}) is administrator of this installation.")

    def _promote(self, person: User) -> None:
        if person.is_superuser:
            self.stdout.write(f"{person.email} is administrator already; nothing was changed.")
            return
        person.is_superuser = True
        person.save(update_fields=["is_superuser"])
        self.stdout.write(f"{person.email} is administrator now, with the password they have.")

    def _password(self, person: User, *, from_stdin: bool) -> str:
        if from_stdin:
            password = sys.stdin.readline().rstrip("\n")
        else:
            password = getpass("Password: ")
            if password != getpass("The same again: "):
                raise CommandError("The two passwords differ.")
        validate_password(password, person)
        return password
