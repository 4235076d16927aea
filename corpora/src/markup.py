"""The markup of the sources, and what it means.

    % key: value      of the whole document, first in the file: title, company, running (the running
                      head), cover (yes: none on the first page), letters (ligatures: fi and fl are
                      one glyph), hyphens (yes: words are parted), columns (2: throughout)
    ^ line            a line of the cover
    # and ##          headings
    paragraphs        between empty lines; a word's mark like `gains^1^` points to a footnote
    ~ 1 text          a footnote, at the foot of the page
    - text            an item of a list
    @name             names the table that follows, for the tests; `@name, rotated` turns it, in
                      `@name, prose` the cells hold words
    | cells |         a row of a table, the first one its head
    |= cells |        a total: the sum of the last rows and totals before it, however many fit
    |- cells |        a row that such a sum takes away
    !picture          lines that follow, up to an empty one, become a page that is only a picture
    ---               a new page
    === landscape     a new page of that shape; also portrait, columns 1, columns 2
"""

import dataclasses


@dataclasses.dataclass
class Block:
    """A piece of a document: its kind, its text or rows, and a table's mark, rotated or prose."""

    kind: str
    content: object = ""
    mark: str = ""


KINDS = {"## ": "sub", "# ": "head", "^ ": "cover", "~ ": "note", "- ": "item", "=== ": "shape"}


def parse(text):
    """A source as (meta, blocks)."""
    meta, blocks, lines, rows = {}, [], [], []
    mark, picture = "", False

    def close():
        nonlocal mark, picture
        if lines:
            kind = "picture" if picture else "p"
            blocks.append(Block(kind, list(lines) if picture else " ".join(lines)))
            lines.clear()
            picture = False
        if rows:
            blocks.append(Block("table", list(rows), mark))
            rows.clear()
            mark = ""

    for line in text.splitlines():
        kind = next((k for k in KINDS if line.startswith(k)), None)
        if line.startswith("% "):
            key, value = line[2:].split(": ", 1)
            meta[key] = value
        elif line.startswith("|"):
            if lines:
                close()
            rows.append((line.startswith("|= "), cells(line)))
        elif line.startswith("@"):
            close()
            mark = line.partition(", ")[2]
        elif line == "!picture":
            close()
            picture = True
        elif line == "---":
            close()
            blocks.append(Block("page"))
        elif kind and not picture:
            close()
            blocks.append(Block(KINDS[kind], line[len(kind):]))
        elif line.strip():
            if rows:
                close()
            lines.append(line.strip())
        else:
            close()
    close()
    return meta, blocks


def cells(line):
    """The cells of a row."""
    body = line[1:].lstrip("=-").strip()
    return [cell.strip() for cell in body.removesuffix("|").split("|")]
