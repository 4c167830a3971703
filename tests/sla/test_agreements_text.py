"""How a text is stored, and the hash that anybody can compute of it."""

import hashlib
import json
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.agreement_text import HEADING, ITEM, Line, Section, canonical, hash_of, read, stored

PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
    max_leaves=12,
)
LINES = st.builds(Line, PLAIN, PLAIN, st.sampled_from(["", HEADING, ITEM]))
SECTIONS = st.builds(Section, PLAIN, PLAIN, st.lists(LINES, max_size=4).map(tuple), PLAIN)


@given(st.lists(SECTIONS, max_size=4))
def test_sections_are_read_as_they_were_stored(sections: list[Section]) -> None:
    assert read(json.loads(json.dumps(stored(sections)))) == sections


def test_a_plain_line_is_stored_as_a_string() -> None:
    section = Section("owners", "Owners", (Line("Ana owns it."), Line("A part", style=HEADING)))
    assert section.stored()["lines"] == ["Ana owns it.", {"text": "A part", "style": "heading"}]
    assert read(None) == []


@given(JSON, JSON)
def test_a_text_and_its_terms_have_one_hash_however_their_keys_are_ordered(
    document: Any, terms: Any
) -> None:
    again = json.loads(json.dumps([document, terms], indent=3))
    turned = [_turned(part) for part in again]
    assert hash_of(*turned) == hash_of(document, terms)
    assert json.loads(canonical(document, terms)) == [document, terms]


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(part) for part in value] if isinstance(value, list) else value


def test_the_canonical_text_is_what_it_is_said_to_be() -> None:
    document, terms = [{"title": "Größe", "code": "a"}], {"z": None, "b": [1, True]}
    said = '[[{"code":"a","title":"Größe"}],{"b":[1,true],"z":null}]'
    assert canonical(document, terms) == said.encode()
    assert hash_of(document, terms) == hashlib.sha256(said.encode()).hexdigest()


@pytest.mark.parametrize("fraction", [0.5, {"a": [1.0]}, [[], {"b": {"c": 2.5}}]])
def test_fractions_are_refused(fraction: Any) -> None:
    with pytest.raises(TypeError, match="whole numbers only"):
        hash_of([], {"share": fraction})


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_sha256sum_and_jq_compute_the_same() -> None:
    document = [{"title": "“Größe” & Maß", "code": "a", "text": 'Line\nline\t"quoted" \\ 🙂'}]
    terms = {"z": None, "b": [1, True, {"y": 2, "x": "é"}]}
    sorted_ = subprocess.run(
        ["jq", "-cSj", "."],
        input=json.dumps([document, terms]).encode(),
        capture_output=True,
        check=True,
    )
    summed = subprocess.run(
        ["sha256sum"], input=sorted_.stdout, capture_output=True, check=True, text=False
    )
    assert summed.stdout.decode().split()[0] == hash_of(document, terms)
