"""How one system names an object of another: kind and id, never a foreign key."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Ref:
    """A link across systems; title, URL and "may see" come from the registry by `kind`, such as `office:incoming`."""

    kind: str
    id: UUID

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Ref":
        """Read `kind:uuid` back; raises ValueError on anything else."""
        kind, _, ident = text.rpartition(":")
        if not kind:
            raise ValueError(f"not a reference: {text!r}")
        return cls(kind, UUID(ident))
