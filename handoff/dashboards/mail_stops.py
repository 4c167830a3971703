"""The link by which a reader stops a dashboard's mails: signed, and good for nothing else."""

from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import User
from handoff.models import ReportMail

_signer: Final = Signer(salt="handoff.report_mail", sep=".")


class BrokenLink(ValueError):
    """Nobody has made this link; a mail program may have cut it off."""


def stop_url(mail: ReportMail, person: User) -> str:
    """With the product's host."""
    token = _signer.sign(f"{mail.pk}-{person.pk}")
    return f"{settings.LEADQUAL_URL}{reverse('stop_report_mail', args=[token])}"


def mail_behind(token: str) -> tuple[ReportMail, int] | None:
    """The mail and its reader's id; None where the mail was deleted since. Raises BrokenLink."""
    try:
        mail, person = map(int, _signer.unsign(token).split("-"))
    except (BadSignature, ValueError) as error:
        raise BrokenLink("Nobody has made this link.") from error
    found = ReportMail.objects.select_related("workspace").filter(pk=mail).first()
    return (found, person) if found else None
