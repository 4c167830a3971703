"""The link by which a lead unsubscribes: signed, for ever valid, and saying nothing about them."""

from typing import Final

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from leadqual.models import Lead

ONE_CLICK: Final = "List-Unsubscribe=One-Click"
"""What a mail program posts to the link, as RFC 8058 has it."""
_signer = Signer(salt="handoff.unsubscribe", sep=".")


def link_of(lead: Lead) -> str:
    """The path of the page, without the host."""
    return reverse("unsubscribe", args=[_signer.sign(str(lead.pk))])


class BrokenLink(ValueError):
    """Nobody has made this link; a mail program may have cut it off."""


def lead_behind(token: str) -> Lead | None:
    """Whom the link was made for, or the lead that theirs was merged into; None where the person
    was erased. Raises BrokenLink."""
    try:
        pk = int(_signer.unsign(token))
    except (BadSignature, ValueError) as error:
        raise BrokenLink("Nobody has made this link.") from error
    leads = Lead.objects.select_related("workspace")
    lead = leads.filter(pk=pk).first()
    while lead and lead.merged_into_id:
        lead = leads.get(pk=lead.merged_into_id)
    return None if lead is None or lead.erased_at else lead
