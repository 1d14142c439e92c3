"""Korean is complete, and what is compiled is what is written."""

import ast
import gettext
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "district_bridge"
CATALOGUES = sorted(FOLDER.rglob("locale/ko/LC_MESSAGES/django.po"))


def entries() -> dict[str, str]:
    """What the catalogues say."""
    return {key: text for catalogue in CATALOGUES for key, text in read(catalogue).items()}


def read(catalogue: Path) -> dict[str, str]:
    """What one catalogue says; contexts are joined as gettext joins them."""
    found, context, key = {}, "", ""
    for line in catalogue.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r'(msgctxt|msgid|msgstr) (".*")', line):
            word, text = match[1], ast.literal_eval(match[2])
            if word == "msgctxt":
                context = f"{text}\x04"
            elif word == "msgid":
                key = context + text
            else:
                found[key], context = text, ""
    return {key: text for key, text in found.items() if key}


def test_every_sentence_has_its_korean() -> None:
    assert [key for key, text in entries().items() if not text] == []
    assert len(entries()) > 100


def test_no_two_catalogues_translate_the_same_words_differently() -> None:
    found: dict[str, set[str]] = {}
    for catalogue in CATALOGUES:
        for key, text in read(catalogue).items():
            found.setdefault(key, set()).add(text)
    assert {key: texts for key, texts in found.items() if len(texts) > 1} == {}


def test_placeholders_survive_the_translation() -> None:
    for key, text in entries().items():
        assert sorted(re.findall(r"%\(\w+\)\w", key)) == sorted(re.findall(r"%\(\w+\)\w", text)), key


@pytest.mark.parametrize("written", CATALOGUES, ids=lambda path: path.parents[3].name)
def test_compiled_catalogue_is_up_to_date(written: Path) -> None:
    with written.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    catalogue = {key: text for key, text in compiled._catalog.items() if key}  # type: ignore[attr-defined]
    assert catalogue == read(written)


def test_every_marked_sentence_is_in_the_catalogue() -> None:
    marked = set()
    for path in FOLDER.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        marked |= set(re.findall(r"{% translate (?:\"(.+?)\"|'(?:.+?)') %}", text)) - {""}
        marked |= set(re.findall(r"{% translate '(.+?)' %}", text))
    for path in FOLDER.rglob("*.py"):
        marked |= set(re.findall(r'\b_\(\s*"(.+?)"\s*\)', path.read_text(encoding="utf-8")))
    assert marked - set(entries()) == set()
