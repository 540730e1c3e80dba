"""Vietnamese first, English second (CORE-92): the frame speaks both, and the browser does not choose."""

import gettext
import re
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation.template import templatize

from lienthong.shell import gallery
from lienthong.shell.language import LanguageMiddleware

SHELL = Path(__file__).resolve().parents[1]


def speak(request: HttpRequest) -> str:
    """The language that a view finds."""
    middleware = LanguageMiddleware(lambda _: HttpResponse(translation.get_language()))
    return middleware(request).content.decode()


def test_core_92_the_language_of_the_browser_changes_nothing() -> None:
    assert speak(RequestFactory().get("/", headers={"Accept-Language": "en-US,en;q=0.9"})) == "vi"


def test_core_92_the_reader_chooses_the_language() -> None:
    request = RequestFactory().get("/")
    request.COOKIES["lt_lang"] = "en"
    assert speak(request) == "en"
    request.COOKIES["lt_lang"] = "xx"
    assert speak(request) == "vi"


def test_core_92_every_string_of_the_frame_has_its_english() -> None:
    with (SHELL / "locale" / "en" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        english = gettext.GNUTranslations(file)
    wanted: set[str] = set()
    for path in (SHELL / "templates").rglob("*.html"):
        source = templatize(path.read_text(encoding="utf-8"))
        wanted |= set(re.findall(r"gettext\(u?'((?:[^'\\]|\\.)*)'", source))
        wanted |= set(re.findall(r'gettext\(u?"((?:[^"\\]|\\.)*)"', source))
    for path in SHELL.rglob("*.py"):
        if "tests" not in path.parts:
            wanted |= set(re.findall(r'\b(?:_|gettext_lazy)\("([^"]+)"\)', path.read_text(encoding="utf-8")))
    missing = {text for text in wanted if text and english.gettext(text) == text}
    assert len(wanted) > 100
    assert missing == set()


def test_core_92_the_frame_in_english() -> None:
    request = RequestFactory().get("/")
    with translation.override("en"):
        html = render_to_string("shell/gallery/list.html", gallery.sample(request), request)
    assert '<html lang="en"' in html
    assert "2 working days left" in html
    assert "1.000+" in html
