"""Mạch việc of the office: what came, what answers it, whom it reached; only what the reader may see is linked."""

from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.shell.components import ThreadStep
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument
from lienthong.systems.office.policies import incoming_policy, outgoing_policy


def of_incoming(document: IncomingDocument, actor: Actor) -> list[ThreadStep]:
    """Sender → the incoming document (now) → the documents that answer it, or a hollow place for one."""
    steps = [
        ThreadStep(document.sender_name),
        ThreadStep(f"Văn bản đến {document.code}", place="now"),
    ]
    answers = OutgoingDocument.objects.filter(agency_id=document.agency_id, answers=document.pk)
    seen = list(outgoing_policy.scope(actor, answers).order_by("state_since")[:3])
    steps += [
        ThreadStep(
            f"Văn bản trả lời {row.code}" if row.code else "Dự thảo trả lời",
            row.subject,
            reverse("office:outgoing", args=[row.pk]),
        )
        for row in seen
    ]
    if not seen and document.state in {"submitted", "assigned", "processing"}:
        steps.append(ThreadStep("Văn bản trả lời", place="next"))
    return steps


def of_outgoing(document: OutgoingDocument, actor: Actor, receivers: int) -> list[ThreadStep]:
    """The incoming document that it answers → this one (now) → its receivers, hollow until it is sent."""
    steps = []
    if document.answers:
        rows = IncomingDocument.objects.filter(pk=document.answers, agency_id=document.agency_id)
        answered = incoming_policy.scope(actor, rows).first()
        if answered is not None:
            url = reverse("office:incoming", args=[answered.pk])
            steps.append(ThreadStep(f"Văn bản đến {answered.code}", answered.subject, url))
    steps.append(ThreadStep(f"Văn bản đi {document.code}" if document.code else "Dự thảo", place="now"))
    words = f"{receivers} nơi nhận" if receivers else "Nơi nhận"
    sent = bool(document.message_id)
    steps.append(ThreadStep(words, url="#noi-nhan" if sent else "", place="past" if sent else "next"))
    return steps
