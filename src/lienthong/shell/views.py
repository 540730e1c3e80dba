"""Small pages of the shell: the choice of theme, and the gallery of components of a demonstration node."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST, require_safe

from lienthong.shell.context import THEMES
from lienthong.shell.middleware import safe_target

YEAR_SECONDS = 365 * 24 * 3600


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie and go back to the page, for readers without scripts."""
    response = HttpResponseRedirect(safe_target(request))
    chosen = request.POST.get("theme", "")
    response.set_cookie(
        "lt_theme",
        chosen if chosen in THEMES else "auto",
        max_age=YEAR_SECONDS,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response


@require_safe
def stay(request: HttpRequest) -> HttpResponse:
    """Asked when the reader says that they go on working: being asked is what keeps the session (CORE-82)."""
    return HttpResponse(status=204 if request.user.is_authenticated else 401)


@require_GET
def gallery(request: HttpRequest, part: str = "list") -> HttpResponse:
    """Every component with real long words, to be looked at; mounted on demonstration nodes alone."""
    from lienthong.shell.gallery import PARTS, sample

    if part not in PARTS:
        raise Http404
    return render(request, f"shell/gallery/{part}.html", sample(request))
