"""What a job title says, by the title table of a version: in Python and, side by side, in SQL.

The first line whose words are in the title and that names a seniority gives the lead's
seniority; the first that names a function its function. Words are whole words or phrases, as in
the condition “has one of the words”.
"""

from collections.abc import Sequence

from scoring.engine.fields import field_named
from scoring.engine.rule_values import TitleWords
from scoring.engine.sql import Bind

SEPARATORS = " \t\r\n,;.:/\\|&+-–—_()[]{}<>\"'“”„‚‘’·*!?@#"
_SPACES = " " * len(SEPARATORS)
_TO_SPACES = str.maketrans(SEPARATORS, _SPACES)
SAID = ("seniority", "job_function")


def padded(text: str) -> str:
    """The text with every separator a space, so that whole words stand between spaces."""
    return f" {text.translate(_TO_SPACES)} "


def padded_sql(text: str, bind: Bind) -> str:
    """The same. Most texts have no separator but spaces: translate() costs ten times the look."""
    translated = f"translate({text}, {bind(SEPARATORS)}, {bind(_SPACES)})"
    return f"' ' || CASE WHEN {text} ~ '[^a-z0-9 ]' THEN {translated} ELSE {text} END || ' '"


def said_by(name: str, title: str | None, lines: Sequence[TitleWords]) -> tuple[str, str] | None:
    """Seniority or job function of a folded title, as written and as compared; None: not known."""
    words = padded(title) if title is not None else ""
    for line in lines:
        said: tuple[str, str] | None = getattr(line, name)
        if said and any(padded(word) in words for word in line.words):
            return said
    return None


def titles_sql(lines: Sequence[TitleWords], bind: Bind) -> str:
    """A join that gives each lead l what its title says, as `said`; texts as compared.

    OFFSET 0 has the title taken apart once a lead, and not once a word.
    """
    title = padded_sql(field_named("job_title").text_sql(bind), bind)
    columns = ", ".join(f"{_said_sql(name, lines, bind)} AS {name}" for name in SAID)
    return (
        f"CROSS JOIN LATERAL (SELECT {title} AS words OFFSET 0) title"
        f" CROSS JOIN LATERAL (SELECT {columns} OFFSET 0) said"
    )


def _said_sql(name: str, lines: Sequence[TitleWords], bind: Bind) -> str:
    whens = []
    for line in lines:
        said: tuple[str, str] | None = getattr(line, name)
        if said and line.words:
            tests = (f"strpos(title.words, {bind(padded(word))}) > 0" for word in line.words)
            whens.append(f"WHEN {' OR '.join(tests)} THEN {bind(said[1])}::text")
    return f"CASE {' '.join(whens)} END" if whens else "NULL::text"
