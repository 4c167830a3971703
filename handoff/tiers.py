"""Which tier a lead is of: the first, in the workspace's order, that fits its grade and size."""

from collections.abc import Iterable, Sequence
from typing import Final

from accounts.models import Workspace
from handoff.lead_conditions import Conditions, Facts, unmet
from handoff.models import Tier

PLAYBOOK_WORDS: Final = {
    Tier.Playbook.FULL_CALL: "Worth a full call: ring them, and go through the scorecard.",
    Tier.Playbook.EMAIL_FORM: (
        "Write first: send the qualification e-mail, and call once the form is answered."
    ),
    Tier.Playbook.CONTENT_ONLY: "Content only: it is nurtured until it shows stronger interest.",
}


def tiers_of(workspace: Workspace) -> list[Tier]:
    return list(Tier.objects.of(workspace).order_by("position", "pk"))


def tier_of(tiers: Sequence[Tier], *, grade: str, employees: int | None) -> Tier | None:
    """None where no tier fits; the lead is then worked like one of a full call."""
    facts = Facts(grade=grade, employees=employees)
    return next((tier for tier in tiers if not unmet(_conditions(tier), facts)), None)


def playbook_words(tier: Tier | None) -> str:
    """What the tier asks of the rep, a sentence or two; of no tier: a full call."""
    playbook = Tier.Playbook(tier.playbook) if tier else Tier.Playbook.FULL_CALL
    return PLAYBOOK_WORDS[playbook]


def never_reached(tiers: Sequence[Tier], grades: Iterable[str]) -> dict[int, str]:
    """By tier id, why no lead can be of it: one or several earlier tiers take them all.

    `grades` are those of the published model; a lead may also have none, and its company's size
    may not be known. Sizes are tried where any tier's range begins or ends.
    """
    everything = [*dict.fromkeys(grades), ""]
    sizes = _sizes(tiers)
    taken: dict[int, set[int]] = {tier.pk: set() for tier in tiers}
    reached = set()
    for grade in everything:
        for employees in sizes:
            first = tier_of(tiers, grade=grade, employees=employees)
            if first is None:
                continue
            reached.add(first.pk)
            facts = Facts(grade=grade, employees=employees)
            for tier in tiers:
                if tier != first and not unmet(_conditions(tier), facts):
                    taken[tier.pk].add(first.pk)
    names = {tier.pk: tier.name for tier in tiers}
    return {
        tier.pk: _taken_by([names[pk] for pk in names if pk in taken[tier.pk]])
        for tier in tiers
        if tier.pk not in reached
    }


def _sizes(tiers: Sequence[Tier]) -> list[int | None]:
    """Not known, and of each piece into which the ranges cut the numbers its first."""
    cuts = {1}
    for tier in tiers:
        cuts |= {tier.employees_from} if tier.employees_from else set()
        cuts |= {tier.employees_to + 1} if tier.employees_to else set()
    return [None, *sorted(cuts)]


def _taken_by(names: Sequence[str]) -> str:
    if not names:
        return "No lead can be of it: the published model gives none of its grades."
    listed = " and ".join(f"“{name}”" for name in names)
    takes = "comes first and takes" if len(names) == 1 else "come first and take"
    return f"No lead can be of it: {listed} {takes} every lead that would fit."


def _conditions(tier: Tier) -> Conditions:
    return Conditions(
        grades=tier.grades, employees_from=tier.employees_from, employees_to=tier.employees_to
    )
