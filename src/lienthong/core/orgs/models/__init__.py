"""Units, codes, places, issuing bodies, positions and authority to sign, one module an area."""

from lienthong.core.orgs.models.bodies import IssuingBody
from lienthong.core.orgs.models.people import Holding, Position, SigningDelegation
from lienthong.core.orgs.models.places import Place, PlaceLineage
from lienthong.core.orgs.models.units import LineageEvent, LineageLink, Unit, UnitCode, UnitVersion, code_key

__all__ = [
    "Holding",
    "IssuingBody",
    "LineageEvent",
    "LineageLink",
    "Place",
    "PlaceLineage",
    "Position",
    "SigningDelegation",
    "Unit",
    "UnitCode",
    "UnitVersion",
    "code_key",
]
