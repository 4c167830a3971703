"""The text of an agreement, made of what the software runs on; free words stand beside each clause.

    document = document_of(agreement, now=now)
    document.sections   as it is stored: `sla.agreement_text.read(document.sections)` gives Section
                        and Line, each line with `text`, `anchor` and `style`
    document.terms      the same for the machine: see `handoff.agreement.terms`

A draft is drawn up anew each time it is looked at; what was proposed is read as it was stored and
never made again. The code of a section is its anchor on the page; a line that can be linked to has
one of its own: commitment-<code>[-<tier>], reason-<code>, stage-<stage>, owner-<side>,
volume-<side>. A line of the style "heading" begins a part of a long section, and "item" is an entry
of the list above it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from handoff.agreement import model_words, owner_words, promise_words, reason_words, stage_words
from handoff.agreement.facts import Facts, facts_of
from handoff.agreement.return_words import ways_back
from handoff.agreement.terms import terms_of
from sla.agreement_text import Line, Section, Stored, hash_of, stored
from sla.models import Agreement

CLAUSES: Final[dict[str, tuple[str, Callable[[Facts], list[Line]]]]] = {
    "qualified-lead": ("What counts as a qualified lead", model_words.qualified_lead),
    "stages": ("The stages of a lead", stage_words.stages),
    "commitments": ("Response commitments", promise_words.commitments),
    "rejection": ("What happens on rejection", reason_words.rejection),
    "reasons": ("Allowed reasons", reason_words.reasons),
    "return": ("How rejected leads return", ways_back),
    "volume": ("How many leads, and of which quality", owner_words.volume),
    "owners": ("Owners", owner_words.owners),
    "review": ("Review", owner_words.review),
    "escalation": ("Escalation path", owner_words.escalation),
}
"""By their codes, in their order: the title, and what makes the lines."""
TITLES: Final = {code: title for code, (title, _) in CLAUSES.items()}


@dataclass(frozen=True)
class Document:
    """`model_version` is the number of the scoring model that it reads out; None: of none."""

    sections: Stored
    terms: dict[str, Any]
    model_version: int | None

    @property
    def hash(self) -> str:
        """What signatures of this text would name."""
        return hash_of(self.sections, self.terms)


def document_of(agreement: Agreement, *, now: datetime) -> Document:
    """What both sides read. Of a draft as it would be proposed at `now`, in a constant number of
    queries; of any other what was proposed."""
    if agreement.status != Agreement.Status.DRAFT:
        return Document(agreement.document or [], agreement.terms or {}, agreement.model_version)
    return drawn_up(facts_of(agreement, now=now))


def drawn_up(facts: Facts) -> Document:
    """The text of a draft, from what was read of it."""
    sections = [
        Section(code, title, tuple(lines(facts)), facts.words.get(code, ""))
        for code, (title, lines) in CLAUSES.items()
    ]
    number = facts.model.number if facts.model else None
    return Document(stored(sections), terms_of(facts), number)
