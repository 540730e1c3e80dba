"""Forms in the look of the shell: the renderer for `{{ form }}` and `{{ field.as_field_group }}`, and date inputs.

FORM_RENDERER = "lienthong.shell.forms.Renderer" (django.forms must be an installed app, so that its widget templates
are found).
"""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

from lienthong.core.actions.errors import Invalid


class Renderer(TemplatesSetting):
    """Draws every form, also those of libraries, with our fields and error summary."""

    form_template_name = "shell/forms/form.html"
    field_template_name = "shell/forms/field.html"


class DateInput(forms.DateInput):
    """A date typed as dd/mm/yyyy; scripts add a button with the browser's calendar.

    The browser's own date field follows the language of the browser, so an English one would ask for mm/dd/yyyy.
    """

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        own = {"data-date": "date", "inputmode": "numeric", "placeholder": "dd/mm/yyyy", "autocomplete": "off"}
        super().__init__({**own, **(attrs or {})}, format="%d/%m/%Y")


class DateTimeInput(forms.DateTimeInput):
    """A wall-clock instant of the legal zone typed as dd/mm/yyyy hh:mm; scripts add the browser's calendar."""

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        own = {"data-date": "datetime-local", "placeholder": "dd/mm/yyyy hh:mm", "autocomplete": "off"}
        super().__init__({**own, **(attrs or {})}, format="%d/%m/%Y %H:%M")


def add_faults(form: forms.Form, error: Invalid, names: dict[str, str] | None = None) -> None:
    """Put an action's faults beside the fields that they concern (`names`: fault → field); the rest above the form."""
    known = names or {}
    for name, text in error.fields.items():
        target = known.get(name, name)
        form.add_error(target if target in form.fields else None, text)
    if not error.fields:
        form.add_error(None, error.message)


def set_choices(form: forms.Form, name: str, choices: Any) -> None:
    """Give a field of a form the choices that were read for this request."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
