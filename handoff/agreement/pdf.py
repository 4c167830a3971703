"""The agreement on A4: typst's compiler and its fonts come in a wheel, the text goes in as data."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import typst

from handoff.agreement.paper import ABOUT_HASH, Paper, Signed, moment

TEMPLATE: Final = Path(__file__).with_name("pdf.typ")


@cache
def _fonts() -> typst.Fonts:
    """Those of the wheel, which set the page; those of the machine lend scripts that they lack."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True)


def pdf_of(paper: Paper) -> bytes:
    """A PDF, tagged, of A4 pages; the same bytes for the same paper on the same machine.

    Words are passed as JSON, never as markup: no text of an agreement can run a command or read
    a file.
    """
    compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=_fonts())
    inputs = {"paper": json.dumps(_data(paper))}
    made = compiler.compile(format="pdf", sys_inputs=inputs, timestamp=_dated(paper))
    return cast(bytes, made)  # a list only where each page is a picture


def _data(paper: Paper) -> dict[str, Any]:
    return {
        "workspace": paper.agreement.workspace.name,
        "title": paper.title,
        "status": paper.status,
        "watermark": paper.watermark,
        "standing": paper.standing,
        "sections": [
            {
                "number": str(numbered.number),
                "title": numbered.section.title,
                "lines": [
                    {"number": one.number, "text": one.line.text, "style": one.line.style}
                    for one in numbered.lines
                ],
                "text": numbered.section.text,
            }
            for numbered in paper.sections
        ],
        "signatures": [_signature(signed) for signed in paper.signatures],
        "hash": paper.agreement.document_hash,
        "about-hash": ABOUT_HASH,
    }


def _signature(signed: Signed) -> dict[str, str]:
    at = moment(signed.at) if signed.at else ""
    side = f"For {signed.side.label.lower()}"
    return {"side": side, "name": signed.name, "role": signed.role, "at": at}


def _dated(paper: Paper) -> int:
    """When its words were last changed, in Unix seconds: a date of today would change the bytes."""
    agreement = paper.agreement
    at = agreement.proposed_at or agreement.edited_at or agreement.created_at
    return int(at.timestamp())
