r"""What a snapshot says: entries, directory documents, manifests, and how two of them differ.

Rules that live here and nowhere else:

* A state of a directory is one document: its names in byte order, each with an `Entry`. A directory's entry holds the
  SHA-256 of its own document, so one digest stands for a whole subtree, unchanged subtrees are stored once, and
  comparing two states costs what differs between them.
* A manifest is the entry of the top directory. Its SHA-256 is the snapshot's id: same state, same id.
* Only what can be brought back is part of a state. Inode numbers, ctime, atime and birth time are not.
* Names are bytes. Written down they are text in which every byte that is no printable character, and the backslash
  itself, stands as `\xNN`: lossless, and safe to show on a terminal.
* What a person would call a change is less than what a restore brings back: times and hard links do not count.

Not promised: that two files of equal content have equal digests when one of them has holes (see `objects`).
"""

import enum
import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec

from runner.errors import SnapshotError

VERSION = 1
"""Of manifests and directory documents. A store of a newer version is refused, never guessed at."""

CACHED_ENTRIES = 50_000
"""How many entries of directory documents are kept decoded: about 20 MB, enough for a diff followed by a restore."""


class Kind(enum.Enum):
    """What an entry is. Devices are never part of a snapshot: the host creates none on an agent's word."""

    DIRECTORY = "directory"
    REGULAR = "regular"
    SYMLINK = "symlink"
    FIFO = "fifo"
    SOCKET = "socket"


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One name in a directory, and everything about it that a restore brings back.

    Attributes:
        mode: permission bits with set-id and sticky bits.
        size_bytes: of a regular file its length; of a directory the data of all files below it, holes not counted, a
            file with several names counted under each; else 0.
        hole_bytes: how much of a regular file's length is holes; only files with holes have any.
        entries: of a directory, how many entries are below it.
        digest: of a regular file its content's, of a directory its document's.
        target: a symlink's, written like a name.
        link: equal for all names of one inode, different for every other set of names; empty for a single name.
        xattrs: name and value, sorted; posix ACLs and file capabilities are among them.
    """

    kind: Kind
    mode: int
    uid: int
    gid: int
    mtime_ns: int
    size_bytes: int = 0
    hole_bytes: int = 0
    entries: int = 0
    digest: str = ""
    target: str = ""
    link: str = ""
    xattrs: tuple[tuple[str, bytes], ...] = ()

    @property
    def body(self) -> tuple[Kind, str, str, str]:
        """What only writing the entry anew can change; the rest are attributes that can be set on what is there."""
        return (self.kind, self.digest if self.kind is Kind.REGULAR else "", self.target, self.link)

    @property
    def itself(self) -> "Entry":
        """The entry without what is below it."""
        if self.kind is not Kind.DIRECTORY:
            return self
        return msgspec.structs.replace(self, digest="", size_bytes=0, entries=0)

    @property
    def seen(self) -> "Entry":
        """The entry as a person compares it: without its time, its other names, and its owner.

        The agent cannot change owners; whoever starts a box does, and that is no change of the task's.
        """
        return msgspec.structs.replace(self.itself, mtime_ns=0, link="", hole_bytes=0, uid=0, gid=0)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot: the top directory's entry."""

    v: int
    root: Entry


class Node(Protocol):
    """An entry with what is below it, wherever that is kept."""

    @property
    def entry(self) -> Entry:
        """The entry."""

    @property
    def children(self) -> "Mapping[bytes, Node]":
        """What is directly below, in byte order of names; empty unless it is a directory."""


# --- names ------------------------------------------------------------------------------------------------------------

_PLAIN = re.compile(rb"[ -\[\]-~]*").fullmatch
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


def shown(name: bytes) -> str:
    r"""Return a name or path as printable text. `unshown(shown(name)) == name`; equal texts mean equal names."""
    if _PLAIN(name):
        return name.decode("ascii")
    text = name.decode("utf-8", "surrogateescape")
    return "".join(
        letter
        if letter.isprintable() and letter != "\\"
        else "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))
        for letter in text
    )


def unshown(text: str) -> bytes:
    """Return the name that `shown` wrote down."""
    raw = text.encode("utf-8")
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), raw) if b"\\" in raw else raw


# --- documents --------------------------------------------------------------------------------------------------------

_encoder = msgspec.json.Encoder()
_document_decoder = msgspec.json.Decoder(dict[str, Entry])
_manifest_decoder = msgspec.json.Decoder(Manifest)


def encode_document(children: Mapping[bytes, Node]) -> bytes:
    """Return the document of a directory with these children, which are in byte order of names."""
    return _encoder.encode({shown(name): node.entry for name, node in children.items()})


def decode_document(document: bytes) -> dict[bytes, Entry]:
    """Return the entries of a directory's document, in byte order of names.

    Raises:
        SnapshotError: not a document this version understands.
    """
    try:
        return {unshown(name): entry for name, entry in _document_decoder.decode(document).items()}
    except msgspec.MsgspecError as error:
        raise SnapshotError(f"a directory's record in the snapshot store cannot be read: {error}") from error


def encode_manifest(root: Entry) -> tuple[str, bytes]:
    """Return the id of the snapshot with this top directory, and its manifest."""
    line = _encoder.encode(Manifest(v=VERSION, root=root))
    return hashlib.sha256(line).hexdigest(), line


def decode_manifest(line: bytes, snapshot_id: str) -> Entry:
    """Return the top directory's entry.

    Raises:
        SnapshotError: the manifest is damaged, or of a newer version.
    """
    if hashlib.sha256(line).hexdigest() != snapshot_id:
        raise SnapshotError(f"the manifest of snapshot {snapshot_id} is damaged", hint="Restore an earlier snapshot.")
    try:
        manifest = _manifest_decoder.decode(line)
    except msgspec.MsgspecError as error:
        raise SnapshotError(f"the manifest of snapshot {snapshot_id} cannot be read: {error}") from error
    if manifest.v != VERSION:
        raise SnapshotError(
            f"snapshot {snapshot_id} has version {manifest.v}, this runner knows {VERSION}",
            hint="Use the version of runner that wrote it.",
        )
    return manifest.root


class Documents:
    """Directory documents by digest, read through a bounded cache."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        """Read documents with `read`, which returns the bytes that have the digest it is given."""
        self._read = read
        self._cache: OrderedDict[str, dict[bytes, Entry]] = OrderedDict()
        self._cached = 0

    def children(self, digest: str) -> dict[bytes, Entry]:
        """Return the entries of the directory whose document has this digest. Not to be changed by the caller.

        Raises:
            SnapshotError: it is missing or damaged.
        """
        known = self._cache.get(digest)
        if known is not None:
            self._cache.move_to_end(digest)
            return known
        children = decode_document(self._read(digest))
        self._cache[digest] = children
        self._cached += len(children)
        while self._cached > CACHED_ENTRIES and len(self._cache) > 1:
            self._cached -= len(self._cache.popitem(last=False)[1])
        return children


class Stored:
    """A node of a committed snapshot, read as far as it is looked at."""

    __slots__ = ("_documents", "entry")

    def __init__(self, entry: Entry, documents: Documents) -> None:
        """Stand for this entry, whose documents are among `documents`."""
        self.entry = entry
        self._documents = documents

    @property
    def children(self) -> "dict[bytes, Stored]":
        """What is directly below; empty unless it is a directory."""
        if self.entry.kind is not Kind.DIRECTORY:
            return {}
        below = self._documents.children(self.entry.digest)
        return {name: Stored(entry, self._documents) for name, entry in below.items()}


# --- comparing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A path at which two states differ. The top directory's own path is empty. None: it does not exist there."""

    path: bytes
    before: Entry | None
    after: Entry | None


_NOTHING: dict[bytes, Node] = {}


def differences(before: Node, after: Node) -> Iterator[Difference]:
    """Yield every path whose entry differs in anything, parents before what is below them, names in byte order.

    A directory is yielded for its own attributes only; one that became something else, or vanished, is followed by
    everything that was below it. Costs what differs. Only the path at hand is in memory, however deep or wide it is.
    """
    if before.entry == after.entry:
        return
    if before.entry.itself != after.entry.itself:
        yield Difference(b"", before.entry, after.entry)
    levels = [(b"", *_below(before, after))]
    while levels:
        prefix, names, old_ones, new_ones = levels[-1]
        name = next(names, None)
        if name is None:
            levels.pop()
            continue
        old, new = old_ones.get(name), new_ones.get(name)
        one = old.entry if old is not None else None
        two = new.entry if new is not None else None
        if one == two:
            continue
        path = prefix + name
        if one is None or two is None or one.itself != two.itself:
            yield Difference(path, one, two)
        levels.append((path + b"/", *_below(old, new)))


def everything(root: Node) -> Iterator[tuple[bytes, Entry]]:
    """Yield every path below a directory with its entry, parents before what is below them, names in byte order."""
    levels = [(b"", iter(root.children.items()))]
    while levels:
        prefix, nodes = levels[-1]
        name, node = next(nodes, (b"", root))
        if not name:
            levels.pop()
            continue
        yield prefix + name, node.entry
        levels.append((prefix + name + b"/", iter(node.children.items())))


def _below(old: Node | None, new: Node | None) -> tuple[Iterator[bytes], Mapping[bytes, Node], Mapping[bytes, Node]]:
    """Return the names below either of two nodes in order, and what has these names in each."""
    old_ones = old.children if old is not None else _NOTHING
    new_ones = new.children if new is not None else _NOTHING
    return iter(sorted(old_ones.keys() | new_ones.keys())), old_ones, new_ones
