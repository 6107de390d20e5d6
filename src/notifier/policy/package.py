"""The parts of an Office file: a zip of XML, from which nobody gets more than they may."""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Mapping

from lxml import etree

from notifier.errors import WrongUse

_LARGEST = 100_000_000  # bytes of all parts unpacked; a zip of 10 MB can hold 10 GB
_MOST_PARTS = 5_000
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_OFFICE_DOCUMENT = "/officeDocument"
_SAVE = "save it again as DOCX, or as Markdown, HTML or plain text"


class Package:
    """An open Office file. Every method raises WrongUse where the file is damaged."""

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            # NotImplementedError is zipfile's word for a zip of a later version than it reads.
            raise self._damaged from error
        if len(entries) > _MOST_PARTS or sum(entry.file_size for entry in entries) > _LARGEST:
            raise WrongUse(f"{name} unpacks to more than any policy holds", _SAVE)
        if any(entry.flag_bits & 1 for entry in entries):
            raise WrongUse(f"{name} is encrypted", "save it without a password")
        self._sizes = {entry.filename: entry.file_size for entry in entries}

    @property
    def main(self) -> str:
        """The path of the main part, "word/document.xml" nearly always."""
        relations = self.xml("_rels/.rels")
        targets = () if relations is None else relations.iter(_RELATIONS)
        for relation in targets:
            if relation.get("Type", "").endswith(_OFFICE_DOCUMENT):
                target: str = relation.get("Target", "")
                return posixpath.normpath(target.lstrip("/"))
        raise self._damaged

    def xml(self, path: str) -> etree._Element | None:
        """Parse a part; None where there is none of that name. No entity and no other file is looked up."""
        if path not in self._sizes:
            return None
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
        )
        try:
            root = etree.fromstring(self._bytes(path), parser)
        except etree.XMLSyntaxError as error:
            raise self._damaged from error
        if (
            root.getroottree().docinfo.doctype
        ):  # Office writes none; its entities are a way to blow up a reader
            raise self._damaged
        return root

    def with_parts(self, parts: Mapping[str, bytes]) -> bytes:
        """The file with some parts replaced: the same bytes every time, so uncompressed and without times."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
            for path in self._sizes:
                data = parts[path] if path in parts else self._bytes(path)
                packed.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), data)
        return out.getvalue()

    def _bytes(self, path: str) -> bytes:
        size = self._sizes[path]
        try:
            with self._zip.open(path) as part:
                data = part.read(size + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, EOFError, OSError) as error:
            # zipfile's words: NotImplementedError for a part packed in a way that it cannot unpack,
            # ValueError for one that begins before the file does.
            raise self._damaged from error
        if len(data) > size:  # the zip lied
            raise self._damaged
        return data

    @property
    def _damaged(self) -> WrongUse:
        return WrongUse(f"{self._name} is a damaged Office file", _SAVE)
