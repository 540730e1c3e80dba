"""Forms in the look of the shell: the renderer for `{{ form }}` and `{{ field.as_field_group }}`, and date inputs.

FORM_RENDERER = "lienthong.shell.forms.Renderer" (django.forms must be an installed app, so that its widget templates
are found).
"""

from django import forms
from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Draws every form, also those of libraries, with our fields and error summary."""

    form_template_name = "shell/forms/form.html"
    field_template_name = "shell/forms/field.html"


class DateInput(forms.DateInput):
    """A date by the browser's own picker, which writes dd/mm/yyyy for Vietnamese readers."""

    input_type = "date"

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DateTimeInput(forms.DateTimeInput):
    """A wall-clock instant of the legal zone by the browser's own picker."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")
