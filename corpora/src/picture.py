"""A page as a picture: what a scanner leaves of it, dots without text."""

import io

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader

DOTS = 110  # for an inch


def page(lines):
    """Lines drawn on a sheet of letter size, in black and white, a little askew."""
    size = (int(8.5 * DOTS), 11 * DOTS)
    sheet = Image.new("L", size, 255)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=20)
    y = 150
    for line in lines:
        draw.text((110, y), line, font=font, fill=0)
        y += 38
    draw.line([(110, y + 60), (430, y + 46), (300, y + 90), (520, y + 40)], fill=0, width=3)
    sheet = sheet.rotate(0.6, fillcolor=255).point(lambda v: 255 if v > 140 else 0).convert("1")
    out = io.BytesIO()
    sheet.save(out, "PNG")
    out.seek(0)
    return ImageReader(out)
