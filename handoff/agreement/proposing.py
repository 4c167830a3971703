"""Proposing: the draft's text is written down, and both sides are asked to sign."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from handoff.agreement.drafting import drawn_up
from handoff.agreement.facts import facts_of
from handoff.agreement.news import tell_proposed
from handoff.agreement.readiness import Problem, problems_in
from handoff.tiers import tiers_of
from sla import agreements
from sla.agreement_edits import held_draft
from sla.models import Agreement


class NotComplete(agreements.NotNow):
    """Something is missing in the draft: `problems`, each with its clause."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(problem.words for problem in problems))


@transaction.atomic
def propose(
    agreement: Agreement,
    *,
    by: User,
    at: datetime,
    seen: str | None = None,
    text_hash: str | None = None,
) -> Agreement:
    """Propose the draft with the text that it has at `at`.

    `seen`: its edition (`sla.agreement_edits.edition`) as the page showed it, `text_hash`: the hash
    (`Document.hash`) of the text that it showed, which also speaks of the model, the reasons and
    the tiers; None: whatever it says. Raises NotComplete, EditedMeanwhile, TextChanged, and NotNow
    where it is no draft any more or another one waits for signatures.
    """
    draft = held_draft(agreement, by=by, seen=seen)  # nobody edits it any more, nor any part of it
    _name_tiers(draft)
    facts = facts_of(draft, now=at)
    if found := problems_in(facts):
        raise NotComplete(found)
    document = drawn_up(facts)
    if text_hash is not None and text_hash != document.hash:
        raise agreements.TextChanged("propose it")
    proposal = agreements.propose(
        draft,
        by=by,
        at=at,
        document=document.sections,
        terms=document.terms,
        model_version=document.model_version,
    )
    tell_proposed(proposal, by=by)
    return proposal


def _name_tiers(draft: Agreement) -> None:
    """Its promises keep for good the names that their tiers have now."""
    for tier in tiers_of(draft.workspace):
        own = draft.commitments.filter(tier_code=tier.code)
        own.exclude(tier_name=tier.name).update(tier_name=tier.name)
