"""Passkeys: WebAuthn with user verification, so that one touch is two factors (CORE-81; W3C WebAuthn by `fido2`).

What a ceremony must remember (its challenge) stays in our own session between the two requests.
"""

import json
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from lienthong.core.actions.errors import Invalid
from lienthong.core.identity.factors import NewFactor
from lienthong.core.identity.models import Factor, User
from lienthong.kit import clock

STATE = "passkey"
REFUSED = "Khóa truy cập chưa được chấp nhận; thử lại hoặc dùng cách khác."


def _server(request: HttpRequest) -> Fido2Server:
    """The node as the authenticator knows it: its public host, or the host of the request."""
    host = urlsplit(settings.PUBLIC_URL).hostname if settings.PUBLIC_URL else None
    return Fido2Server(PublicKeyCredentialRpEntity(id=host or request.get_host().partition(":")[0], name="Liên Thông"))


def _known(person_id: UUID) -> list[AttestedCredentialData]:
    rows = Factor.objects.filter(person_id=person_id, kind=Factor.Kind.PASSKEY)
    return [AttestedCredentialData(bytes(row.credential)) for row in rows if row.credential]


def begin_registration(request: HttpRequest, person: User) -> dict[str, Any]:
    """What the browser's `navigator.credentials.create` needs."""
    options, state = _server(request).register_begin(
        PublicKeyCredentialUserEntity(id=person.pk.bytes, name=person.username, display_name=person.full_name),
        _known(person.pk),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    request.session[STATE] = state
    return dict(options)


def finish_registration(request: HttpRequest, answer: str, name: str) -> NewFactor:
    """The passkey that the browser made; raises Invalid for an answer that does not hold."""
    state = request.session.pop(STATE, None)
    try:
        data = _server(request).register_complete(state, json.loads(answer)).credential_data
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Invalid(REFUSED, {"answer": REFUSED}, "passkey") from error
    if data is None:
        raise Invalid(REFUSED, {"answer": REFUSED}, "passkey")
    return NewFactor(
        kind=Factor.Kind.PASSKEY, name=name, credential_id=bytes(data.credential_id), credential=bytes(data)
    )


def begin_sign_in(request: HttpRequest, person_id: UUID | None = None) -> dict[str, Any]:
    """What `navigator.credentials.get` needs; without a person the authenticator offers its own accounts."""
    options, state = _server(request).authenticate_begin(
        _known(person_id) if person_id else [], user_verification=UserVerificationRequirement.REQUIRED
    )
    request.session[STATE] = state
    return dict(options)


def finish_sign_in(request: HttpRequest, answer: str, person_id: UUID | None = None) -> User:
    """The person whose passkey answered; raises Invalid. A wrong password's lock does not matter here (CORE-82)."""
    state = request.session.pop(STATE, None)
    try:
        given = json.loads(answer)
        factor = _factor(given, person_id)
        known = AttestedCredentialData(bytes(factor.credential or b""))
        _server(request).authenticate_complete(state, [known], given)
    except (ValueError, TypeError, KeyError, AttributeError, Factor.DoesNotExist) as error:
        raise Invalid(REFUSED, {"answer": REFUSED}, "passkey") from error
    Factor.objects.filter(pk=factor.pk).update(used_at=clock.now())
    return factor.person


def _factor(given: dict[str, Any], person_id: UUID | None) -> Factor:
    from fido2.utils import websafe_decode

    rows = Factor.objects.select_related("person").filter(person__is_active=True)
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    return rows.get(credential_id=websafe_decode(given["rawId"]))
