"""The shell, the files, the stream."""

from uuid import uuid4

from tests.architecture.routes.route import Route, Thing, page

ROUTES: dict[str, Route] = {
    # shell
    "shell:home": page(),
    "shell:search": page(data={"q": "kế hoạch"}),
    "shell:notices": page(),
    "shell:read-notices": page(method="post"),
    "shell:profile": page(),
    "shell:act-as": Route(method="post", things="seat", data={"seat": str(uuid4())}),
    "shell:sign-in": Route(public={200, 302}),
    "shell:demo-sign-in": Route(method="post", public={404}, data={"role": str(uuid4())}),
    "shell:sign-out": Route(method="post", public={302}),
    "shell:second-step": Route(public={200, 302}),
    "shell:passkey-sign-in": Route(method="post", public={302}, data={"answer": "{}"}),
    "shell:passkey-options": Route(method="post", public={200}),
    "shell:oidc": Route(public={404}, extra={"code": "khong-co"}),
    "shell:oidc-callback": Route(public={404}, extra={"code": "khong-co"}),
    "shell:unlock": Route(public={410}, extra={"token": "khong-co"}),
    "shell:sessions": page(),
    "shell:confirm": page(),
    "shell:security": page(),
    "shell:password": page(),
    "shell:totp": page(),
    "shell:passkey": page(method="post"),
    "shell:new-passkey-options": page(method="post"),
    "shell:recovery-codes": page(method="post"),
    "shell:remove-factor": Route(method="post", things="another"),
    "shell:unlink": Route(method="post", things="another"),
    "shell:stay": Route(public={204, 401}),
    "shell:theme": Route(method="post", public={302}, data={"next": "/", "theme": "dark"}),
    "shell:set-language": Route(method="post", public={302, 204}, data={"next": "/", "language": "en"}),
    # files
    "files:upload": page(method="post"),
    "files:download": Route(things="file"),
    "files:by_link": Route(things="link"),
    "files:begin": page(method="post", data={"name": "Tệp.pdf", "size": "10"}),
    "files:state": Route(things="upload"),
    "files:append": Route(method="post", things="upload", headers={"upload-offset": "0"}),
    # the stream tells nobody what topics exist
    "live:stream": Route(public={404}, data={"topics": f"office.incoming:{uuid4()}"}),
}
THINGS = {"another": lambda stage: [Thing(None, {"ident": uuid4()})]}
# What belongs to another person is not there.
SEES = {"another": lambda actor, obj: False}
