"""XML as a plain tree whose elements know their lines; declarations and entities are refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException, sax

from calibrate.errors import CalibrateError


@dataclass(slots=True, eq=False)
class Element:
    """One element: its tag, the line it begins on, its own text, attributes and children."""

    tag: str
    line: int
    text: str = ""
    children: list["Element"] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)

    def all(self, tag: str) -> Iterator["Element"]:
        """The children of a tag."""
        return (child for child in self.children if child.tag == tag)

    def first(self, tag: str) -> "Element | None":
        """The first child of a tag."""
        return next(self.all(tag), None)


class _Builder(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.document = Element("", 0)
        self._open = [self.document]
        self._locator: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - the interface's name
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - as above
        line = self._locator.getLineNumber() if self._locator else None
        element = Element(name, line or 0, attributes=dict(attrs.items()))
        self._open[-1].children.append(element)
        self._open.append(element)

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802 - as above
        self._open.pop()

    def characters(self, content: str) -> None:
        self._open[-1].text += content


def parse_xml(content: bytes, place: str) -> Element:
    """The root element of an XML file.

    Args:
        content: of the file, in the encoding that it declares.
        place: its path, for messages.

    Raises:
        CalibrateError: it is no XML, or it declares entities or a document type, which
            annotations have no need of and which can exhaust memory or read other files.
    """
    builder = _Builder()
    try:
        sax.parseString(content, builder, forbid_dtd=True)
    except DefusedXmlException as error:
        raise CalibrateError(
            "the XML declares a document type or entities, which are not read",
            where=place,
            hint="remove the <!DOCTYPE ...> part",
        ) from error
    except SAXParseException as error:
        raise CalibrateError(
            f"this is not well-formed XML ({error.getMessage()})",
            where=f"{place}:{error.getLineNumber()}",
        ) from error
    except (LookupError, ValueError) as error:
        # Expat reports an encoding that it does not know by these.
        raise CalibrateError(f"the XML cannot be read ({error})", f"{place}:1") from error
    return builder.document.children[0]
