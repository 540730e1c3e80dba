"""Units, codes, places, issuing bodies, positions and authority to sign, one module an area."""

from lienthong.core.orgs.models.bodies import IssuingBody
from lienthong.core.orgs.models.cases import HandOver, Reorganisation, ReorganisedUnit
from lienthong.core.orgs.models.imports import UnitImport
from lienthong.core.orgs.models.people import Absence, BodySigner, Holding, Position, SigningDelegation
from lienthong.core.orgs.models.places import Place, PlaceLineage
from lienthong.core.orgs.models.units import (
    CodeScheme,
    LineageEvent,
    LineageLink,
    Unit,
    UnitCode,
    UnitVersion,
    code_key,
)

__all__ = [
    "Absence",
    "BodySigner",
    "CodeScheme",
    "HandOver",
    "Holding",
    "IssuingBody",
    "LineageEvent",
    "LineageLink",
    "Place",
    "PlaceLineage",
    "Position",
    "Reorganisation",
    "ReorganisedUnit",
    "SigningDelegation",
    "Unit",
    "UnitCode",
    "UnitImport",
    "UnitVersion",
    "code_key",
]
