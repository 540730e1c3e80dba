"""Pages of the axis."""

from django.urls import path

from lienthong.systems.exchange.views import board, node, packets

app_name = "exchange"
urlpatterns = [
    path("truc/", board.board, name="board"),
    path("truc/da-gui/", packets.sent, name="sent"),
    path("truc/da-gui/<uuid:ident>/", packets.message, name="message"),
    path("truc/da-gui/<uuid:ident>/goi-tin.edxml", packets.original, name="original"),
    path("truc/da-gui/<uuid:ident>/chung-cu.zip", packets.evidence_of, name="evidence"),
    path("truc/da-nhan/", packets.received, name="received"),
    path("truc/da-nhan/<uuid:ident>/", packets.received_one, name="received_one"),
    path("truc/da-nhan/<uuid:ident>/goi-tin.edxml", packets.received_original, name="received_original"),
    path("truc/da-nhan/<uuid:ident>/chung-cu.zip", packets.received_evidence, name="received_evidence"),
    path("truc/luot-gui/", packets.deliveries, name="deliveries"),
    path("truc/luot-gui/<uuid:ident>/", packets.delivery, name="delivery"),
    path("truc/luot-gui/<uuid:ident>/gui-lai/", packets.requeue, name="requeue"),
    path("truc/hang-cho/", node.queue, name="queue"),
    path("truc/hang-cho/gui-lai/", node.requeue_many, name="requeue_many"),
    path("truc/ket-noi/", node.peers, name="peers"),
    path("truc/kiem-tra/", node.check, name="check"),
]
