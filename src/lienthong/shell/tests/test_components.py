"""The components draw what they are told, escape what they are given, and need no inline style or script."""

import re
from pathlib import Path
from typing import Any, cast

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from lienthong.contracts.exchange import Verdict
from lienthong.core.registry import menus, registry
from lienthong.core.workflow import Machine
from lienthong.shell import account, gallery
from lienthong.shell.components import Action, FilterChip, Tab, TimelineEntry
from lienthong.shell.errors import PROBLEMS, problem_page
from lienthong.shell.templatetags.lt import SCANS, TONE_ICONS, VERDICTS

ROOT = Path(__file__).resolve().parents[4]
SOURCE = ROOT / "src" / "lienthong"
EVIL = '<img src=x onerror="alert(1)">'


def draw(body: str, path: str = "/", **values: Any) -> str:
    request = RequestFactory().get(path)
    return Template("{% load lt %}" + body).render(Context({"request": request, **values}))


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("{% state_badge evil 'ok' %}", {}),
        ("{% unit_chip evil evil evil %}", {}),
        ("{% person_chip evil evil evil evil %}", {}),
        ("{% verdict_line 'invalid' evil evil %}", {}),
        ("{% notice title=evil %}{{ evil }}{% endnotice %}", {}),
        ("{% empty_state evil evil 'inbox' evil '/x' %}", {}),
        ("{% tabs items %}", {"items": [Tab(EVIL, "/", 3, current=True)]}),
        ("{% filter_bar chips=chips %}{% endfilter_bar %}", {"chips": [FilterChip(EVIL, EVIL, "?")]}),
        ("{% row_check 1 evil %}", {}),
        ("{% action_panel acts %}", {"acts": [Action(label=EVIL, effect=EVIL, url="/")]}),
        ("{% confirm_dialog id='x' title=evil submit=evil %}{{ evil }}{% endconfirm_dialog %}", {}),
    ],
)
def test_core_95_components_escape(body: str, values: dict[str, Any]) -> None:
    html = draw(body, evil=EVIL, **values)
    assert "<img" not in html
    assert "&lt;img" in html


def test_core_95_timeline_escapes() -> None:
    from lienthong.kit import clock

    entry = TimelineEntry(at=clock.now(), sentence=EVIL, who=EVIL, position=EVIL, quote=EVIL)
    assert "<img" not in draw("{% timeline rows %}", rows=[entry])


def test_block_components_keep_the_markup_of_their_content() -> None:
    html = draw("{% filter_bar %}<label>Loại</label>{% endfilter_bar %}")
    assert "<label>Loại</label>" in html
    assert "<tbody><tr><td>1</td></tr></tbody>" in draw(
        "{% data_table label='Sổ' %}<tbody><tr><td>1</td></tr></tbody>{% enddata_table %}"
    )


def test_the_ordinary_urgency_shows_nothing_and_no_degree_is_colour_alone() -> None:
    assert draw("{% urgency_badge 0 %}") == ""
    for degree, word in ((1, "Khẩn"), (2, "Thượng khẩn"), (3, "Hỏa tốc")):
        html = draw(f"{{% urgency_badge {degree} %}}")
        assert word in html
        assert "<use" in html
    assert draw("{% urgency_badge 'hoa_toc' %}") == draw("{% urgency_badge 3 %}")


def test_core_91_sorting_says_its_state_and_drops_the_cursor() -> None:
    html = draw("{% sort_head 'Hạn' 'due' %}", "/?sort=due&after=abc&loai=cv")
    assert 'aria-sort="ascending"' in html
    assert "sort=-due" in html
    assert "loai=cv" in html
    assert "after" not in html


def test_core_91_a_field_ties_label_help_and_error_to_its_control() -> None:
    class Sample(forms.Form):
        number = forms.IntegerField(label="Số đến", help_text="Để trống để cấp số tiếp theo.")

    html = draw("{% error_summary form %}{% field form.number %}", form=Sample({"number": "x"}))
    assert 'href="#id_number"' in html
    assert '<label for="id_number">Số đến' in html
    assert 'aria-describedby="id_number_helptext id_number_error"' in html
    assert 'id="id_number_helptext"' in html
    assert 'id="id_number_error"' in html
    assert 'aria-invalid="true"' in html


def test_core_91_a_group_of_choices_is_a_fieldset_with_a_legend() -> None:
    class Sample(forms.Form):
        degree = forms.ChoiceField(label="Độ khẩn", choices=[("0", "Thường")], widget=forms.RadioSelect)

    html = draw("{% error_summary form %}{% field form.degree %}", form=Sample({}))
    assert "<fieldset" in html
    assert "<legend>Độ khẩn" in html
    assert 'href="#id_degree_0"' in html
    assert 'id="id_degree_0"' in html


def test_a_dangerous_act_needs_its_reason() -> None:
    html = draw(
        "{% confirm_dialog id='x' title='Trả lại?' submit='Trả lại' reason=True danger=True %}{% endconfirm_dialog %}"
    )
    assert re.search(r'<textarea[^>]*name="reason"[^>]*required', html)
    assert "btn-danger" in html


@pytest.mark.parametrize("part", gallery.PARTS)
def test_core_95_no_component_writes_inline_style_or_script(part: str) -> None:
    from django.template.loader import render_to_string

    request = RequestFactory().get("/?gui=1")
    html = render_to_string(f"shell/gallery/{part}.html", gallery.sample(request), request)
    assert not re.search(r"\sstyle=", html)
    assert not re.search(r"\son[a-z]+=", html)
    for script in re.findall(r"<script[^>]*>", html):
        assert "src=" in script or "application/json" in script
    assert "<style" not in html


def test_core_95_no_template_of_any_system_writes_inline_style_or_script() -> None:
    wrong = []
    for path in SOURCE.rglob("templates/**/*.html"):
        text = path.read_text(encoding="utf-8")
        if path.parts[-2] in {"paper", "papers", "pdf"}:  # drawn to PDF on the server, never sent to a browser
            continue
        if re.search(r"<[^>]*\s(style|on(click|change|submit|load|input))=", text) or "<style" in text:
            wrong.append(str(path.relative_to(SOURCE)))
    assert wrong == []


def test_every_icon_named_in_the_source_is_in_the_sprite() -> None:
    listed = {
        line.strip()
        for line in (ROOT / "frontend" / "icons.txt").read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    }
    used = set(TONE_ICONS.values()) | {mark for _, mark, _ in VERDICTS.values()} | {m for m, _ in SCANS.values() if m}
    for path in SOURCE.rglob("*.html"):
        used |= set(re.findall(r'\{% icon "([a-z0-9-]+)"', path.read_text(encoding="utf-8")))
    for path in SOURCE.rglob("*.py"):
        used |= set(re.findall(r'\bicon="([a-z0-9-]+)"', path.read_text(encoding="utf-8")))
    used |= {entry.icon for entry in menus()} | set(account.ICONS.values())
    for machine in registry.machines.values():
        used |= {state.icon for state in cast(Machine, machine).states}
    assert used - listed == set()


def test_no_name_of_an_icon_in_the_states_is_left_out_of_the_sprite() -> None:
    """Tables of labels name icons bare; a hyphenated name of Tabler's in a `states.py` is taken for an icon."""
    tabler = {path.stem for path in (ROOT / "node_modules/@tabler/icons/icons/outline").glob("*-*.svg")}
    sprite = (ROOT / "build" / "static" / "lt" / "icons.svg").read_text(encoding="utf-8")
    for path in SOURCE.rglob("states.py"):
        for name in re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', path.read_text(encoding="utf-8")):
            assert name not in tabler or f'id="{name}"' in sprite, f"{path}: {name}"


@pytest.mark.parametrize("status", sorted(PROBLEMS))
def test_core_92_a_refusal_says_what_why_and_what_next(status: int) -> None:
    response = problem_page(RequestFactory().get("/x"), status)
    html = response.content.decode()
    problem = PROBLEMS[status]
    assert response.status_code == status
    assert all(
        words in html for words in (problem.title, problem.what, problem.why, problem.after, "Vì sao", "Nên làm gì")
    )


def test_a_refusal_to_htmx_is_a_fragment_with_the_given_words() -> None:
    request = RequestFactory().get("/x", headers={"HX-Request": "true"})
    response = problem_page(request, 409, what="Văn bản đã được vào sổ.", retry_after=30)
    html = response.content.decode()
    assert "<html" not in html
    assert "Văn bản đã được vào sổ." in html
    assert response["Retry-After"] == "30"


def test_every_class_of_ours_in_a_template_is_in_the_style_sheet() -> None:
    sheet = (ROOT / "build" / "static" / "lt" / "app.css").read_text(encoding="utf-8")
    known = set(re.findall(r"\.((?:lt|is)-[\w-]+)", sheet))
    unknown = {}
    for path in SOURCE.rglob("templates/**/*.html"):
        for names in re.findall(r'class="([^"{]*)"', path.read_text(encoding="utf-8")):
            for name in names.split():
                if name.startswith(("lt-", "is-")) and name not in known:
                    unknown.setdefault(name, path.name)
    assert unknown == {}


@pytest.mark.parametrize(
    "level",
    [
        "valid",
        "valid_at_signing",
        "copy_valid",
        "annex_valid",
        "indeterminate",
        "invalid",
        "altered",
        "reference_only",
        "unverified",
    ],
)
def test_every_level_of_the_axis_has_a_verdict_line(level: str) -> None:
    """EX-22: each level of `contracts.exchange.Verdict` has an icon and a word; none breaks a page."""
    assert level in (Verdict.__doc__ or "")
    line = draw("{% verdict_line level 'Vì sao' %}", level=level)
    assert "<svg" in line
    assert "Vì sao" in line
    assert "<b></b>" not in line
