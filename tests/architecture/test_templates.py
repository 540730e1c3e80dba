"""Templates: no inline code or style, known addresses and files, whole Vietnamese (ARCHITECTURE §4; CORE-92)."""

import re
import unicodedata

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.urls import get_resolver

from tests.architecture.source import Template, modules, strings, templates
from tests.architecture.test_urls import named

PAGES = {"shell/base.html", "shell/page.html", "shell/print.html", "shell/plain.html"}
# A page of refusal needs neither session nor database, so it stands alone; the base is the base.
ALONE = {"shell/base.html", "shell/errors/page.html"}
WORD = re.compile(r"[^\W\d_]+")
# Vietnamese words that are common and always bear marks: written without them they are a fault of the keyboard.
BARE = re.compile(
    r"\b(khong|duoc|nguoi|van ban|co quan|don vi|truong|chuyen vien|lanh dao|so luong|thoi han|trang thai|noi nhan|"
    r"ky so|du thao|tai khoan|mat khau|dang nhap|he thong|yeu cau|thong tin|ho so|giai quyet)\b",
    re.IGNORECASE,
)
each = pytest.mark.parametrize("template", templates(), ids=lambda template: template.name)


def code(template: Template) -> str:
    """The markup without comments."""
    return re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}|<!--.*?-->", "", template.text, flags=re.DOTALL)


@each
def test_no_inline_script_or_style(template: Template) -> None:
    """The CSP forbids them, so nobody writes them."""
    text = code(template)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\son[a-z]+\s*=", text)
    assert not re.search(r"javascript:", text, re.IGNORECASE)
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag, tag
    assert not re.search(r"hx-on|hx-vals\s*=\s*[\"']js:", text)
    assert "|safe" not in text or template.owner == "shell", "safe markup comes from the shell's components"


@each
def test_a_page_extends_the_shell_and_a_partial_is_one(template: Template) -> None:
    """A page is one file extending the shell; what extends nothing writes no document of its own."""
    text = code(template)
    found = re.search(r"{%-?\s*extends\s+[\"']([^\"']+)[\"']", text)
    if found is None:
        assert template.name in ALONE or "<html" not in text
        assert template.owner == "shell", "parts of a page are named partials inside it; components live in the shell"
        return
    parent = found.group(1)
    seen = {template.name}
    by_name = {other.name: other for other in templates()}
    while parent not in PAGES:
        assert parent in by_name, parent
        assert parent not in seen
        seen.add(parent)
        above = re.search(r"{%-?\s*extends\s+[\"']([^\"']+)[\"']", code(by_name[parent]))
        assert above is not None, f"{parent} does not extend the shell"
        parent = above.group(1)


@each
def test_a_template_compiles(template: Template) -> None:
    """Tags, filters and partials exist."""
    get_template(template.name)


@each
def test_addresses_and_files_exist(template: Template) -> None:
    """`{% url %}` names resolve, `{% static %}` names are built."""
    known = set(named(get_resolver())) | {"shell:gallery", "shell:gallery-part"}
    names = set(re.findall(r"{%-?\s*url\s+[\"']([^\"']+)[\"']", template.text))
    assert names - known == set()
    files = set(re.findall(r"{%-?\s*static\s+[\"']([^\"']+)[\"']", template.text))
    assert {name for name in files if finders.find(name) is None} == set()


@each
def test_vietnamese_is_whole(template: Template) -> None:
    """CORE-40: composed letters (NFC), all marks, no exclamation marks for people."""
    assert unicodedata.is_normalized("NFC", template.text)
    words = re.sub(r"{[%{].*?[%}]}|<[^>]*>", " ", code(template), flags=re.DOTALL)
    assert BARE.findall(words) == []
    assert not re.search(r"[^\W\d_]!(\s|$)", words)


def test_sentences_in_code_are_whole() -> None:
    """The same for what code says to people."""
    wrong = []
    for module in modules():
        if not unicodedata.is_normalized("NFC", module.text):
            wrong.append(module.place)
        for line, text in strings(module):
            if " " in text and (BARE.search(text) or re.search(r"\w!(\s|$)", text)) and not _is_key(text):
                wrong.append(f"{module.place}:{line} {text}")
    assert wrong == []


def _is_key(text: str) -> bool:
    return any(mark in text for mark in ("SELECT", "UPDATE", "RAISE", "%s"))


def test_systems_have_no_styles_of_their_own() -> None:
    """Colours and spaces are tokens of the shell alone."""
    from tests.architecture.source import PACKAGE

    assert [p.as_posix() for p in (PACKAGE / "systems").rglob("*.css")] == []
