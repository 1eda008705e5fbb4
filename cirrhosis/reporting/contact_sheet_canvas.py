"""Greys and a few colours: a picture with a palette, a third of the size of full colour."""

import bisect
import enum
import io
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

KEY = "cirrhosis-key"  # entry of the PNG
TYPE = 13  # pixels
BACKGROUND, WHITE = 16, 235
HALF = 128


class Accent(enum.IntEnum):
    """Colours beside grey; told apart by those who do not see red and green as different."""

    NONE = 0
    AMBER = 1
    GREEN = 2
    RED = 3
    BLUE = 4


COLOURS = {
    Accent.AMBER: (255, 176, 0),
    Accent.GREEN: (64, 200, 150),
    Accent.RED: (255, 98, 80),
    Accent.BLUE: (100, 180, 255),
}


class Canvas:
    """A dark picture on which slices, lines and words are put; places are (down, right).

    Args:
        height: In pixels.
        width: In pixels.
    """

    def __init__(self, *, height: int, width: int) -> None:
        self.height, self.width = height, width
        self.grey = Image.new("L", (width, height), BACKGROUND)
        self.accent = np.zeros((height, width), np.uint8)

    def paste(
        self, grey: NDArray[np.uint8], marked: NDArray[np.bool_], corner: tuple[int, int]
    ) -> None:
        """Put a grey picture with pixels marked in amber."""
        down, right = corner
        self.grey.paste(Image.fromarray(grey), (right, down))
        area = self.accent[down : down + grey.shape[0], right : right + grey.shape[1]]
        area[marked] = Accent.AMBER

    def fill(self, corner: tuple[int, int], size: tuple[int, int], accent: Accent) -> None:
        """Fill a rectangle with a colour."""
        (down, right), (height, width) = corner, size
        self.accent[down : down + height, right : right + width] = accent

    def fill_grey(self, corner: tuple[int, int], size: tuple[int, int], grey: int) -> None:
        """Fill a rectangle with a grey."""
        (down, right), (height, width) = corner, size
        box = (right, down, right + width, down + height)
        self.grey.paste(grey, box)

    def write(
        self,
        text: str,
        place: tuple[int, int],
        *,
        size: int = TYPE,
        grey: int = WHITE,
        accent: Accent = Accent.NONE,
        on_black: bool = False,
    ) -> int:
        """Write one line, cut at the edge; return where it ends.

        Args:
            text: What is written.
            place: Upper left corner.
            size: Of the type, in pixels.
            grey: From 0 to 255.
            accent: Colour in place of the grey.
            on_black: Whether what lies behind the words is darkened.
        """
        down, right = place
        text = self._cut(text, self.width - right - 4, size)
        draw = ImageDraw.Draw(self.grey)
        box = draw.textbbox((right, down), text, font=font_of(size))
        if on_black:
            around = (box[0] - 3, box[1] - 2, box[2] + 3, box[3] + 2)
            draw.rectangle(around, fill=BACKGROUND)
        if accent:
            self._colour(text, place, size, accent)
        else:
            draw.text((right, down), text, fill=grey, font=font_of(size))
        return int(box[2])

    def write_right(self, text: str, place: tuple[int, int], *, size: int = TYPE) -> None:
        """Write one line that ends at `place`."""
        down, right = place
        start = right - int(font_of(size).getlength(text)) - 1
        self.write(text, (down, max(0, start)), size=size, accent=Accent.AMBER)

    def _cut(self, text: str, room: int, size: int) -> str:
        font = font_of(size)
        if font.getlength(text) <= room:
            return text
        fits = bisect.bisect_left(
            range(len(text)), True, key=lambda n: font.getlength(text[: n + 1] + "...") > room
        )
        return text[:fits] + "..."

    def _colour(self, text: str, place: tuple[int, int], size: int, accent: Accent) -> None:
        down, right = place
        _, _, far, bottom = font_of(size).getbbox(text)
        small = Image.new("L", (max(1, int(far)), max(1, int(bottom))), 0)
        ImageDraw.Draw(small).text((0, 0), text, fill=255, font=font_of(size))
        inside = np.asarray(small) >= HALF
        area = self.accent[down : down + inside.shape[0], right : right + inside.shape[1]]
        area[inside[: area.shape[0], : area.shape[1]]] = accent

    def encode(self, n_greys: int, key: str) -> bytes:
        """Return the picture as PNG.

        Args:
            n_greys: Different greys; fewer make it smaller.
            key: Written into the file.
        """
        levels = np.arange(256, dtype=np.uint32) * (n_greys - 1) // 255
        indices = levels.astype(np.uint8)[np.asarray(self.grey)]
        marked = self.accent > 0
        indices[marked] = n_greys - 1 + self.accent[marked]
        picture = Image.fromarray(indices, mode="L")
        picture.putpalette(_palette(n_greys))
        text = PngImagePlugin.PngInfo()
        text.add_text(KEY, key)
        stream = io.BytesIO()
        picture.save(stream, "PNG", pnginfo=text)
        return stream.getvalue()


def _palette(n_greys: int) -> list[int]:
    greys = [round(level * 255 / (n_greys - 1)) for level in range(n_greys)]
    return [value for grey in greys for value in (grey,) * 3] + [
        value for accent in COLOURS for value in COLOURS[accent]
    ]


@lru_cache
def font_of(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own type, the same on every machine."""
    return ImageFont.load_default(size)
