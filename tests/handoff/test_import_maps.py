"""The map file: which column is what."""

from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from handoff.imports.maps import BadMap, FieldMap, ImportMap, read_map
from handoff.imports.targets import TARGETS, guess
from handoff.imports.toml import write_map

EXAMPLES = sorted((settings.BASE_DIR / "docs" / "examples").glob("*.toml"))


def problems(text: str) -> list[str]:
    with pytest.raises(BadMap) as problem:
        read_map(text)
    return problem.value.problems


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_can_be_read(path: Path) -> None:
    assert read_map(path.read_text()).fields["lead.external_id"].column


def test_a_field_is_a_column_or_a_table() -> None:
    found = read_map(
        """
        zone = "America/Sao_Paulo"
        date_formats = "%d/%m/%Y"
        [lead]
        email = "mail"
        country = { constant = "BR" }
        source = { column = "origin", values = { fb = "facebook" }, unknown = ["-"] }
        [moments]
        won = { column = "won", zone = "UTC", date_formats = ["%Y"] }
        [company.attributes]
        "has erp" = { column = "erp", type = "boolean" }
        """
    )
    assert found == ImportMap(
        {
            "lead.email": FieldMap("mail"),
            "lead.country": FieldMap(constant="BR"),
            "lead.source": FieldMap("origin", values={"fb": "facebook"}, unknown=("-",)),
            "moments.won": FieldMap("won", zone="UTC", date_formats=("%Y",)),
            "company.attributes.has erp": FieldMap("erp", type="boolean"),
        },
        "America/Sao_Paulo",
        ("%d/%m/%Y",),
    )
    assert str(found.zone_of(found.fields["moments.won"])) == "UTC"
    assert str(found.zone_of(found.fields["lead.email"])) == "America/Sao_Paulo"


def test_everything_wrong_is_said_at_once() -> None:
    found = problems(
        """
        zone = "Atlantis"
        decimal = "x"
        when = "now"
        [lead]
        name = "n"
        first_name = {}
        source = { column = "o", typ = "text" }
        [moments]
        won = { column = "w", zone = "Mars" }
        mql = { column = "m", date_formats = ["nonsense"] }
        [attributes]
        a = { column = "a", type = "date" }
        b = 5
        """
    )
    said = "\n".join(found)
    for words in (
        "“when”, which is neither a setting nor a section",
        "“lead.name”, which is not a field. Fields are: lead.external_id",
        "lead.first_name names neither a column nor a constant",
        "lead.source has the unknown option “typ”",
        "“Mars” is not a time zone",
        "moments.mql: a date format reads like",
        "attributes.a: type must be one of text, number, boolean",
        "attributes.b must be a column's name",
        "“Atlantis” is not a time zone",
        "decimal must be",
        "lead.external_id or lead.email",
    ):
        assert words in said
    assert len(found) == 11


def test_what_is_no_toml_is_said_with_the_place() -> None:
    assert "line 2" in problems("[lead]\nemail = mail")[0]


def test_a_column_that_the_file_lacks_is_named() -> None:
    found = read_map('[lead]\nexternal_id = "mql_idd"')
    assert found.missing_in(["mql_id", "origin"]) == (
        "The map reads the column “mql_idd” for lead.external_id, but the file has no such "
        "column. It has: mql_id, origin."
    )
    assert found.missing_in(["mql_idd"]) == ""


def test_several_missing_columns_are_named_in_one_sentence() -> None:
    found = read_map('[lead]\nemail = "a"\nphone = "b"\nchallenge = "c"')
    assert found.missing_in(["c"]) == (
        "The map reads columns “a” for lead.email, “b” for lead.phone, but the file has none of "
        "them. It has: c."
    )


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = st.text("abcäö.\"'] =-", min_size=1, max_size=12).map(lambda name: f"attributes.{name}")
fields = st.builds(
    FieldMap,
    column=texts.map(lambda text: text.strip() or "c"),
    constant=texts,
    values=st.dictionaries(texts, texts, max_size=3),
    unknown=st.lists(texts, max_size=3).map(tuple),
    type=st.sampled_from(["", "text", "number", "boolean"]),
    zone=st.sampled_from(["", "UTC", "Europe/Berlin"]),
    date_formats=st.sampled_from([(), ("%d.%m.%Y", "%Y")]),
)
maps = st.builds(
    ImportMap,
    fields=st.dictionaries(st.sampled_from(sorted(TARGETS)) | names, fields, max_size=5).map(
        lambda found: {**found, "lead.email": FieldMap("mail")}
    ),
    zone=st.sampled_from(["UTC", "Asia/Tokyo"]),
    date_formats=st.sampled_from([(), ("%d.%m.%Y",)]),
    decimal=st.sampled_from([".", ","]),
)


@hypothesis.settings(deadline=None)
@given(maps)
def test_a_map_written_as_a_file_is_read_as_the_same_map(import_map: ImportMap) -> None:
    assert read_map(write_map(import_map)) == import_map


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("E-Mail", "lead.email"),
        ("mql_id", "lead.external_id"),
        ("First Name", "lead.first_name"),
        ("origin", "lead.source"),
        ("first_contact_date", "moments.mql"),
        ("won_date", "moments.won"),
        ("Company", "company.name"),
        ("Favourite colour", ""),
    ],
)
def test_headers_are_guessed(header: str, target: str) -> None:
    assert guess(header) == target
