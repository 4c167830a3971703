"""The clauses about the two sides: what they owe, who answers for it, and when it is looked at."""

from handoff.agreement.facts import Facts
from handoff.agreement.listing import both, number_of
from sla.agreement_text import Line
from sla.compliance import FEW
from sla.models import Side


def volume(facts: Facts) -> list[Line]:
    agreement, zone = facts.agreement, facts.workspace.timezone
    if not agreement.leads_a_month:
        owed = "How many leads marketing owes a month is not agreed yet."
    else:
        owed = f"Marketing owes {number_of(agreement.leads_a_month, 'MQL')} a month{_good(facts)}."
    return [
        Line(owed, "volume-marketing"),
        Line(
            "A lead counts once a cycle, in the month in which it became an MQL, with the grade of "
            f"that moment. Months are those of {zone}."
        ),
        Line(
            f"Sales owes that at least {agreement.coverage_percent} % of the leads that it accepts "
            "are followed up: touched by a person after the offer, and before any next one.",
            "volume-sales",
        ),
    ]


def _good(facts: Facts) -> str:
    grades, percent = facts.agreement.good_grades, facts.agreement.good_percent
    if not grades or not percent:
        return ""
    return f", of which at least {percent} % of grade {both(grades, 'or')}"


def owners(facts: Facts) -> list[Line]:
    agreement = facts.agreement
    named = ((Side.MARKETING, agreement.marketing_owner), (Side.SALES, agreement.sales_owner))
    return [
        *(
            Line(f"{owner} owns this agreement for {side.label.lower()}.", f"owner-{side.value}")
            if owner
            else Line(f"{side.label} has named no owner yet.", f"owner-{side.value}")
            for side, owner in named
        ),
        Line(
            "An owner answers for what their side promises here, and decides what is put to them "
            "by it."
        ),
    ]


def review(facts: Facts) -> list[Line]:
    every = number_of(facts.agreement.review_every_days, "day")
    return [
        Line(
            f"Both owners review this agreement every {every}, counted from the day on which both "
            "sides have signed. It stays in force until the next version is signed."
        ),
        Line(
            "When that day has come, or when another scoring model is published, both sides are "
            "asked, and reminded every week until somebody decides in writing."
        ),
    ]


def escalation(facts: Facts) -> list[Line]:
    agreement = facts.agreement
    weeks = agreement.weeks_below
    running = "a week" if weeks == 1 else f"{number_of(weeks, 'week')} running"
    to = str(agreement.escalates_to) if agreement.escalates_to else "nobody named yet"
    return [
        Line(
            "The agreed level of a promise is the share to be kept that stands with it; those of "
            "volume, quality and follow-up stand in their clause."
        ),
        Line(
            f"Levels are looked at week by week, Monday to Sunday in {facts.workspace.timezone}: a "
            "promise by what fell due in the week, volume by what its working days make of the "
            "month, follow-up a week later than the others. A share of fewer than "
            f"{FEW} is not judged."
        ),
        Line(
            f"What stays below its agreed level for {running} escalates to: {to}. It is reminded "
            "every week, and stays open until somebody decides in writing what follows."
        ),
    ]
