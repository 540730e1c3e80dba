"""Units, their codes and versions, issuing bodies, positions and authority to sign."""
