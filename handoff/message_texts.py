"""A mail's own text while it is edited: the variables it may name, and how it will read."""

from string import Template

from accounts.models import Workspace
from handoff.messages import VARIABLES
from handoff.models import Handoff

SAMPLE = {
    "lead": "Hanna Weiss",
    "company": "Acme",
    "rep": "Ben",
    "why_now": "Hanna looked at the pricing page three times this week and wants to start now.",
    "grade": "A",
    "due": "Tue 03 Mar 2026, 16:00 (Europe/Berlin)",
    "promise": "Decide an offer",
    "link": "https://leadqual.example/w/northwind/leads/1/",
}
"""What the preview fills in where the workspace has not offered a lead yet."""


class BadText(ValueError):
    """The text names something that no mail knows; the message says what it may name."""


def check(text: str) -> None:
    """Raises BadText for an unknown variable or a lonely dollar sign."""
    template = Template(text)
    if not template.is_valid():
        raise BadText("A dollar sign begins a variable; to write one as such, write it twice: $$.")
    for name in template.get_identifiers():
        if name not in VARIABLES:
            known = ", ".join(f"${variable}" for variable in VARIABLES)
            raise BadText(f"“${name}” is not a variable. The variables are {known}.")


def variables_in_words() -> str:
    return "; ".join(f"${name} is {meaning}" for name, meaning in VARIABLES.items())


def sample_facts(workspace: Workspace) -> dict[str, str]:
    """The facts of the newest offer of the workspace, or invented ones where there is none."""
    newest = (
        Handoff.objects.of(workspace)
        .select_related("lead__company", "rep")
        .order_by("-offered_at")
        .first()
    )
    if newest is None:
        return dict(SAMPLE)
    company = newest.lead.company
    return {
        **SAMPLE,
        "lead": newest.lead.display_name,
        "company": company.name if company else "an unknown company",
        "rep": newest.rep.get_short_name(),
        "why_now": newest.why_now,
        "grade": newest.grade,
    }


def filled_in(subject: str, body: str, facts: dict[str, str]) -> tuple[str, str]:
    """Subject and body as they would be sent; what is not a variable stays as it is typed."""
    return Template(subject).safe_substitute(facts), Template(body).safe_substitute(facts)
