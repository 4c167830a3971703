"""An agreement as people read it: what the page and the PDF both show, numbered and signed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.timezone import localtime

from sla.agreement_text import ITEM, Line, Section
from sla.models import Agreement, Side, Signature

ABOUT_HASH: Final = (
    "SHA-256 of the text that was signed: of the JSON [document, terms] in UTF-8, keys sorted, "
    "without white space. Each signature names it."
)
STATUS_WORDS: Final = {
    Agreement.Status.DRAFT: "Draft: nothing here counts yet",
    Agreement.Status.PROPOSED: "Proposed: it counts once both sides have signed",
    Agreement.Status.ACTIVE: "In force",
    Agreement.Status.SUPERSEDED: "Superseded by a later version",
    Agreement.Status.WITHDRAWN: "Taken back before both sides had signed",
}


@dataclass(frozen=True)
class NumberedLine:
    """A generated sentence and its number, “3.2”; entries of a list that nothing links to have
    none."""

    number: str
    line: Line


@dataclass(frozen=True)
class NumberedSection:
    number: int
    section: Section
    lines: tuple[NumberedLine, ...]


@dataclass(frozen=True)
class Signed:
    """The place of one side's signature; without a name it is empty still."""

    side: Side
    name: str = ""
    role: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Paper:
    """`standing` says in sentences since when it counts, who signed, what became of it."""

    agreement: Agreement
    title: str
    status: str
    standing: tuple[str, ...]
    sections: tuple[NumberedSection, ...]
    signatures: tuple[Signed, ...]

    @property
    def watermark(self) -> str:
        """What is written across every page of one that does not count."""
        if self.agreement.status == Agreement.Status.ACTIVE:
            return ""
        return str(self.agreement.get_status_display()).upper()


def paper_of(
    agreement: Agreement, *, sections: Sequence[Section], signatures: Iterable[Signature]
) -> Paper:
    """`sections` are those that were stored, or a draft's as they would be proposed now. Moments
    are told in the zone that is current."""
    signed = {Side(signature.side): signature for signature in signatures}
    return Paper(
        agreement=agreement,
        title=f"Agreement {agreement.number} of {agreement.workspace.name}",
        status=STATUS_WORDS[Agreement.Status(agreement.status)],
        standing=tuple(_standing(agreement, signed)),
        sections=tuple(_numbered(n, section) for n, section in enumerate(sections, 1)),
        signatures=tuple(_signed(side, signed.get(side)) for side in (Side.MARKETING, Side.SALES)),
    )


def moment(at: datetime) -> str:
    """A moment as a contract names it: with its zone."""
    local = localtime(at)
    return f"{local:%-d %B %Y, %H:%M} ({local.tzname()})"


def _numbered(number: int, section: Section) -> NumberedSection:
    lines, count = [], 0
    for line in section.lines:
        is_entry = line.style == ITEM and not line.anchor
        count += not is_entry
        lines.append(NumberedLine("" if is_entry else f"{number}.{count}", line))
    return NumberedSection(number, section, tuple(lines))


def _signed(side: Side, signature: Signature | None) -> Signed:
    if signature is None:
        return Signed(side)
    return Signed(side, name=signature.name, role=signature.role, at=signature.at)


def _standing(agreement: Agreement, signed: Mapping[Side, Signature]) -> Iterable[str]:
    given = sorted(signed.values(), key=lambda signature: (signature.at, signature.pk))
    if agreement.proposed_at:
        yield f"Proposed on {moment(agreement.proposed_at)}{_by(agreement.proposed_by)}."
    if agreement.active_since:
        since, until = moment(agreement.active_since), agreement.superseded_at
        span = f"from {since} to {moment(until)}" if until else f"since {since}"
        names = " and ".join(f"{s.name} for {s.get_side_display().lower()}" for s in given)
        yield f"In force {span}, signed by {names}."
    elif given:
        sides = f"{given[0].name} for {given[0].get_side_display().lower()}"
        yield f"Signed by {sides} on {moment(given[0].at)}; the other side has not."
    if agreement.withdrawn_at:
        when = moment(agreement.withdrawn_at)
        yield f"Taken back on {when}{_by(agreement.withdrawn_by)}: {agreement.withdrawn_why}"


def _by(person: object) -> str:
    return f" by {person}" if person else ""
