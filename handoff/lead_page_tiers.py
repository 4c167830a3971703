"""The tier on a lead's page: what is done with the lead, and whether a mail may go to it."""

from functools import cached_property

from accounts.models import Membership
from handoff import qualification_mail
from handoff.models import Handoff, Tier
from handoff.tiers import tier_of, tiers_of
from leadqual.models import Lead
from leadqual.stages import IN_SALES
from scoring.standing import Standing


class TierOfPage:
    """A part of `handoff.lead_pages.LeadPage`."""

    lead: Lead
    membership: Membership

    @property
    def offers(self) -> list[Handoff]:
        raise NotImplementedError

    @property
    def standing(self) -> Standing | None:
        raise NotImplementedError

    @cached_property
    def tier(self) -> Tier | None:
        """That of the latest offer of this cycle, as it was then; else by what is known now."""
        latest = self.offers[0] if self.offers else None
        if latest and latest.cycle == self.lead.cycle and latest.tier_id:
            return latest.tier
        if self.standing is None:
            return None
        company = self.lead.company
        return tier_of(
            tiers_of(self.lead.workspace),
            grade=self.standing.counting.grade,
            employees=company.employees if company else None,
        )

    @property
    def is_worked_by_mail(self) -> bool:
        by_mail = self.tier and self.tier.playbook == Tier.Playbook.EMAIL_FORM
        return bool(by_mail) and self.lead.stage in IN_SALES

    @cached_property
    def mail_refusal(self) -> str:
        """Why this person does not send the qualification e-mail; blank where they may."""
        refusal = qualification_mail.why_not(self.lead, self.tier)
        return refusal or qualification_mail.not_theirs(self.lead, self.membership)
