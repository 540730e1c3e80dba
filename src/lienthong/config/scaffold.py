"""`lienthong new-system CODE`: a folder that works at once, and its line in `config/systems.py`.

What it writes is one kind of object ("hồ sơ") with a state table, a policy, three actions, two pages and tests; the
author renames and grows it (docs/howto/new-system.md).
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from string import Template

ROOT = Path(__file__).resolve().parents[3]
CODE = re.compile(r"[a-z][a-z0-9_]{2,19}")

FILES: dict[str, str] = {}

FILES["__init__.py"] = '"""$title."""\n'
FILES["migrations/__init__.py"] = ""
FILES["tests/__init__.py"] = ""

FILES["apps.py"] = '''"""The manifest of `$code`: $lower."""

from django.apps import AppConfig


class ${name}Config(AppConfig):
    """Say in one line what the system is for, and by which article of law."""

    name = "lienthong.systems.$code"
    label = "$code"
    verbose_name = "$title"

    def ready(self) -> None:
        from lienthong.systems.$code import manifest

        manifest.declare()
'''

FILES["states.py"] = '''"""The states and moves of a record (a table that names verbs; the database holds to it)."""

from lienthong.core.workflow import Machine, State, Transition

RECORD = Machine(
    name="$code.record",
    states=(
        State("open", "Đang mở", "info", "folder-open", initial=True),
        State("closed", "Đã đóng", "ok", "folder", final=True),
    ),
    transitions=(
        Transition("$code:record:close", ("open",), "closed", "Đóng", "Không ai sửa được nữa", primary=True),
        Transition("$code:record:reopen", ("closed",), "open", "Mở lại", "Để làm tiếp", needs_reason=True),
    ),
)
'''

FILES["models.py"] = '''"""The tables of the system."""

import uuid
from typing import Any, ClassVar

from django.db import models

from lienthong.core.audit.guards import journaled
from lienthong.core.workflow import guards
from lienthong.kit import vietnamese
from lienthong.systems.$code.states import RECORD


class Record(models.Model):
    """A record of an agency."""

    ref_kind: ClassVar[str] = "$code:record"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    state = models.CharField("Trạng thái", max_length=20, choices=RECORD.choices, default="open")
    version = models.PositiveIntegerField(default=0)
    state_since = models.DateTimeField()
    created_at = models.DateTimeField("Tạo lúc")
    title = models.TextField("Tên")
    search_key = models.TextField(editable=False)

    class Meta:
        verbose_name = "hồ sơ"
        triggers = [*guards(RECORD), *journaled()]
        indexes = [models.Index(fields=["agency", "-created_at", "id"], name="${code}_record_newest")]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_key = vietnamese.search_key(self.title)
        super().save(*args, **kwargs)
'''

FILES["policies.py"] = '''"""Who sees which records and who may do what with one of them (CORE-83, CORE-108)."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.access import Policy
from lienthong.core.access.policy import anywhere
from lienthong.systems.$code.models import Record

READ = "$code:record:read"


class RecordPolicy(Policy[Record]):
    """The records of one's own agency."""

    model = Record
    rules: ClassVar[Mapping[str, Callable[[Actor, Any], bool]]] = {
        READ: anywhere,
        "$code:record:create": anywhere,
        "$code:record:close": anywhere,
        "$code:record:reopen": anywhere,
    }

    def scope(self, actor: Actor, rows: QuerySet[Record]) -> QuerySet[Record]:
        if actor.agency_id is None or not actor.may(READ):
            return rows.none()
        return rows.filter(agency_id=actor.agency_id)

    def sees(self, actor: Actor, obj: Record) -> bool:
        return actor.agency_id is not None and actor.may(READ) and obj.agency_id == actor.agency_id


record_policy = RecordPolicy()
'''

FILES["queries.py"] = '''"""Reads; the only way from an id to a record."""

from uuid import UUID

from django.db.models import QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import NotSeen
from lienthong.systems.$code.models import Record
from lienthong.systems.$code.policies import record_policy


def records(actor: Actor) -> QuerySet[Record]:
    """The records in the actor's scope, newest first."""
    return record_policy.scope(actor, Record.objects.order_by("-created_at", "id"))


def record(actor: Actor, ident: UUID) -> Record:
    """One record; raises NotSeen outside the scope."""
    found = records(actor).filter(pk=ident).first()
    if found is None:
        raise NotSeen("hồ sơ")
    return found
'''

FILES["actions.py"] = '''"""The writes: each checks its policy and leaves its journal line (CORE-72)."""

from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Invalid
from lienthong.kit import clock, vietnamese
from lienthong.systems.$code.models import Record


@action("$code:record:create", on=Record)
def create(act: Act[Record], *, title: str) -> Record:
    """Begin a record."""
    if act.by.agency_id is None:
        raise Invalid("Chọn vị trí làm việc trong một cơ quan trước khi tạo hồ sơ.")
    if not title.strip():
        raise Invalid("Chưa tạo được hồ sơ.", {"title": "Nhập tên hồ sơ."})
    now = clock.now()
    row = Record(agency_id=act.by.agency_id, title=vietnamese.border(title), created_at=now, state_since=now)
    row.save()
    act.about(row)
    act.note(title=row.title)
    return row


@action("$code:record:close", on=Record)
def close(act: Act[Record]) -> None:
    """End the work on a record."""


@action("$code:record:reopen", on=Record)
def reopen(act: Act[Record]) -> None:
    """Take a closed record up again, with a reason."""
'''

FILES["forms.py"] = '''"""What people type; the actions judge it."""

from django import forms


class RecordForm(forms.Form):
    """A new record."""

    title = forms.CharField(label="Tên hồ sơ", max_length=500)
'''

FILES["views.py"] = '''"""The pages: the list, a record, its acts."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from lienthong.core import workflow
from lienthong.core.actions import Action
from lienthong.core.actions.errors import Invalid
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.$code import actions, queries
from lienthong.systems.$code.forms import RecordForm
from lienthong.systems.$code.states import RECORD

PAGE = 50


@holding("$code:record:read", of_agency=True)
def listing(request: HttpRequest) -> HttpResponseBase:
    """The records of the agency, newest first."""
    page = Paginator(queries.records(actor_of(request)), PAGE).get_page(request.GET.get("trang"))
    rows = [(row, RECORD.by_code[row.state]) for row in page.object_list]
    context = {"rows": rows, "may_create": actor_of(request).may("$code:record:create")}
    return render(request, "$code/list.html", context)


@holding("$code:record:create", of_agency=True)
def new(request: HttpRequest) -> HttpResponseBase:
    """Begin a record."""
    form = RecordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.create(by=actor_of(request), title=form.cleaned_data["title"])
        except Invalid as error:
            for field, words in error.fields.items():
                form.add_error(field, words)
        else:
            messages.success(request, "Đã tạo hồ sơ.")
            return redirect("$code:record", row.pk)
    return render(request, "$code/form.html", {"form": form}, status=422 if form.errors else 200)


@holding("$code:record:read", of_agency=True)
def detail(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One record with what one may do now."""
    row = queries.record(actor_of(request), ident)
    offers = [(offer.verb.rpartition(":")[2], offer) for offer in workflow.offers(actor_of(request), row, RECORD)]
    return render(request, "$code/record.html", {"record": row, "state": RECORD.by_code[row.state], "offers": offers})


ACTS: dict[str, Action[None]] = {"close": actions.close, "reopen": actions.reopen}


@holding("$code:record:read", of_agency=True)
@require_POST
def act(request: HttpRequest, ident: UUID, act: str) -> HttpResponseBase:
    """Do one act on a record."""
    row = queries.record(actor_of(request), ident)
    if act not in ACTS:
        raise Http404
    ACTS[act](by=actor_of(request), target=row, reason=request.POST.get("reason", ""))
    return redirect("$code:record", ident)
'''

FILES["urls.py"] = '''"""Pages of the system."""

from django.urls import path

from lienthong.systems.$code import views

app_name = "$code"
urlpatterns = [
    path("$slug/", views.listing, name="list"),
    path("$slug/tao/", views.new, name="new"),
    path("$slug/<uuid:ident>/", views.detail, name="record"),
    path("$slug/<uuid:ident>/viec/<slug:act>/", views.act, name="act"),
]
'''

FILES[
    "manifest.py"
] = '''"""What the system declares to the platform: verbs, roles, policies, machines, references, menu."""

from uuid import UUID

from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.core.registry import MenuEntry, RefKind, RoleSpec, Verb, registry


def declare() -> None:
    """Fill the registry; called once by `ready()`."""
    from lienthong.systems.$code import actions
    from lienthong.systems.$code.models import Record
    from lienthong.systems.$code.policies import record_policy
    from lienthong.systems.$code.states import RECORD

    registry.add_verbs(*VERBS)
    assert actions.create.verb  # registered by import
    registry.add_policy(Record, record_policy, record_policy.rules)
    registry.add_machine(Record, RECORD)
    registry.add_roles(*ROLES)
    registry.add_kind(RefKind("$code:record", "Hồ sơ", _title, _url, _may_see))
    registry.add_menu(*MENU)


def _title(ident: UUID) -> str:
    from lienthong.systems.$code.models import Record

    row = Record.objects.filter(pk=ident).first()
    return str(row) if row else "Hồ sơ"


def _url(ident: UUID) -> str:
    return reverse("$code:record", args=[ident])


def _may_see(actor: Actor, ident: UUID) -> bool:
    from lienthong.systems.$code.models import Record
    from lienthong.systems.$code.policies import record_policy

    row = Record.objects.filter(pk=ident).first()
    return bool(row and record_policy.sees(actor, row))


VERBS = (
    Verb("$code:record:read", "xem hồ sơ", "Xem hồ sơ"),
    Verb("$code:record:create", "tạo hồ sơ", "Tạo hồ sơ"),
    Verb("$code:record:close", "đóng hồ sơ", "Đóng"),
    Verb("$code:record:reopen", "mở lại hồ sơ", "Mở lại"),
)
ROLES = (RoleSpec("$code-keeper", "$title", tuple(verb.code for verb in VERBS)),)
MENU = (MenuEntry("$code", "$title", "folder", "$code:list", "$title", "$code:record:read", order=500),)
'''

FILES["templates/$code/list.html"] = """{% extends "shell/page.html" %}
{% load lt %}
{% block title %}$title{% endblock %}
{% block heading %}$title{% endblock %}
{% block head_kind %} lt-head--list{% endblock %}
{% block actions %}
  {% if may_create %}<a class="btn btn-primary" href="{% url "$code:new" %}">Tạo hồ sơ</a>{% endif %}
{% endblock %}
{% block content %}
  {% if rows %}
    {% data_table label="Hồ sơ của cơ quan" %}
      <thead><tr><th scope="col">Hồ sơ</th><th scope="col">Trạng thái</th><th scope="col">Tạo lúc</th></tr></thead>
      <tbody>
        {% for row, state in rows %}
          <tr>
            <th scope="row" class="is-main">
              <a href="{% url "$code:record" row.pk %}" data-row-link>{{ row.title }}</a>
            </th>
            <td data-label="Trạng thái">{% state_badge state.label state.tone state.icon %}</td>
            <td data-label="Tạo lúc">{{ row.created_at|vndatetime }}</td>
          </tr>
        {% endfor %}
      </tbody>
    {% enddata_table %}
  {% else %}
    {% empty_state "Chưa có hồ sơ" "Hồ sơ của cơ quan sẽ hiện ở đây." "folder" %}
  {% endif %}
{% endblock %}
"""

FILES["templates/$code/form.html"] = """{% extends "shell/page.html" %}
{% load lt %}
{% block title %}Tạo hồ sơ{% endblock %}
{% block heading %}Tạo hồ sơ{% endblock %}
{% block content %}
  {% error_summary form %}
  <form class="lt-form" method="post" action="" data-draft="$code">
    {% csrf_token %}
    {% draft_offer %}
    {% field form.title %}
    <div class="lt-formbar"><button class="btn btn-primary">Tạo hồ sơ</button></div>
  </form>
{% endblock %}
"""

FILES["templates/$code/record.html"] = """{% extends "shell/page.html" %}
{% load lt %}
{% block title %}{{ record.title }}{% endblock %}
{% block heading %}{{ record.title }}{% endblock %}
{% block badges %}
  {% state_badge state.label state.tone state.icon %}
{% endblock %}
{% block content %}
  {% for name, offer in offers %}
    <form class="lt-form" method="post" action="{% url "$code:act" record.pk name %}">
      {% csrf_token %}
      {% if offer.needs_reason %}
        <label class="form-label" for="reason-{{ name }}">Lý do</label>
        <textarea class="form-control" id="reason-{{ name }}" name="reason" rows="2" required></textarea>
      {% endif %}
      <button class="btn{% if offer.primary %} btn-primary{% endif %}">{{ offer.label }}</button>
      <span>{{ offer.hint }}</span>
    </form>
  {% endfor %}
{% endblock %}
"""

FILES["tests/test_records.py"] = '''"""A record from its beginning to its end, by actions."""

from uuid import uuid4

import pytest

from lienthong.contracts.actor import Actor
from lienthong.core import fence
from lienthong.core.actions.errors import IllegalMove, NotSeen
from lienthong.core.audit.models import JournalEntry
from lienthong.core.orgs.models import Unit
from lienthong.kit import clock
from lienthong.systems.$code import actions, queries
from lienthong.systems.$code.manifest import VERBS
from lienthong.systems.$code.models import Record

pytestmark = pytest.mark.django_db


def keeper() -> Actor:
    agency = Unit.objects.create(created_at=clock.now())
    verbs = frozenset(verb.code for verb in VERBS)
    return Actor(user_id=uuid4(), name="Người giữ hồ sơ", agency_id=agency.pk, verbs=verbs)


def test_a_record_is_closed_once_and_opened_with_a_reason() -> None:
    by = keeper()
    row = actions.create(by=by, title="Hồ sơ thử nghiệm")
    actions.close(by=by, target=row)
    with pytest.raises(IllegalMove):
        actions.close(by=by, target=row)
    actions.reopen(by=by, target=row, reason="Bổ sung tài liệu còn thiếu")
    rows = JournalEntry.objects.filter(ref=f"$code:record:{row.pk}").order_by("at")
    verbs = list(rows.values_list("verb", flat=True))
    assert verbs == ["$code:record:create", "$code:record:close", "$code:record:reopen"]


def test_another_agency_sees_nothing() -> None:
    row = actions.create(by=keeper(), title="Hồ sơ thử nghiệm")
    with pytest.raises(NotSeen):
        queries.record(keeper(), row.pk)


def test_the_database_shows_it_to_no_other_agency() -> None:
    """CORE-108: the second fence stands on the new table."""
    by = keeper()
    row = actions.create(by=by, title="Hồ sơ thử nghiệm")
    for scope, seen in ((fence.agency(by.agency_id), True), (fence.agency(uuid4()), False), (fence.nobody(), False)):
        with scope:
            assert Record.objects.filter(pk=row.pk).exists() is seen
'''

FILES["README.md"] = """# $title

What it is for, for whom, by which article of law. How to grow it: docs/howto/new-system.md.
"""


def write(code: str, title: str, root: Path) -> list[Path]:
    """Write the folder and the line in `config/systems.py`; returns the files. Raises ValueError when it cannot be."""
    if not CODE.fullmatch(code):
        raise ValueError("mã hệ thống gồm 3–20 chữ thường không dấu, số, gạch dưới, bắt đầu bằng chữ")
    folder = root / "src" / "lienthong" / "systems" / code
    if folder.exists():
        raise ValueError(f"đã có {folder.relative_to(root)}")
    words = {
        "code": code,
        "title": title,
        "lower": title[0].lower() + title[1:],
        "name": "".join(part.capitalize() for part in code.split("_")),
        "slug": code.replace("_", "-"),
    }
    made = []
    for name, text in FILES.items():
        path = folder / Template(name).substitute(words)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(text).substitute(words), "utf-8")
        made.append(path)
    _enlist(f"lienthong.systems.{code}.apps.{words['name']}Config", root / "src/lienthong/config/systems.py")
    return made


def _enlist(app: str, place: Path) -> None:
    text = place.read_text("utf-8")
    start, bracket, end = text.rpartition(")")
    place.write_text(f'{start}    "{app}",\n{bracket}{end}', "utf-8")


def _tidy(folder: Path) -> None:
    """Wrap lines as the house does: how long they are depends on the code and the title."""
    tools = Path(sys.executable).parent
    for command in (["ruff", "format", "--quiet", str(folder)], ["djlint", "--reformat", "--quiet", str(folder)]):
        if (tools / command[0]).exists():
            subprocess.run([str(tools / command[0]), *command[1:]], cwd=ROOT, check=False, capture_output=True)


def main(arguments: Sequence[str]) -> int:
    """Write the system, make its first migration and its diagram, say what comes next."""
    parser = argparse.ArgumentParser(prog="lienthong new-system", description="Bắt đầu một hệ thống mới")
    parser.add_argument("code", help="mã hệ thống, ví dụ archive")
    parser.add_argument("--title", default="Hệ thống mới", help="tên tiếng Việt trên thanh bên")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        made = write(options.code, options.title, options.root)
    except ValueError as error:
        sys.stderr.write(f"Chưa tạo được hệ thống: {error}.\n")
        return 1
    environment = {**os.environ, "PYTHONPATH": str(options.root / "src")}
    for command in (["manage", "makemigrations", options.code, "--name", "initial"], ["docs-states"]):
        ran = subprocess.run([sys.executable, "-m", "lienthong.cli", *command], env=environment, check=False)
        if ran.returncode:
            return ran.returncode
    _tidy(options.root / "src" / "lienthong" / "systems" / options.code)
    sys.stdout.write("".join(f"{path.relative_to(options.root)}\n" for path in made))
    sys.stdout.write("Tiếp theo: docs/howto/new-system.md (cảnh trong tests/architecture, tên, căn cứ pháp lý).\n")
    return 0
