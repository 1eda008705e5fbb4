"""A page taken apart: what is read, and what its attributes say."""

from html.parser import HTMLParser
from pathlib import Path

_SILENT = ("script", "style")


class PageText(HTMLParser):
    """Collects visible text, tags with attributes, and headings in order."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.headings: list[tuple[int, str]] = []
        self._open: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def find(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        current = self._open[-1] if self._open else ""
        if current in _SILENT:
            return
        self.texts.append(data)
        if current in ("h1", "h2", "h3", "h4"):
            self.headings.append((int(current[1]), data.strip()))
