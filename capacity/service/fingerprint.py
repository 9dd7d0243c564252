"""What tells whether two runs had the same input."""

from __future__ import annotations

import hashlib

from capacity.service.model import Service


def input_hash(service: Service) -> str:
    """SHA-256 of everything a service holds: equal for equal services, wherever they were read from."""
    return hashlib.sha256(service.model_dump_json().encode()).hexdigest()
