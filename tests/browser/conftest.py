"""What the browser's tests share with the server's."""

from tests.server.conftest import unused_port

__all__ = ["unused_port"]
