"""LibreOffice's own XML of a spreadsheet, as sheets of rows of cells. Argument: file."""

import json
import sys
import xml.etree.ElementTree

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def text_of(element):
    """Blanks are elements of their own."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == TEXT + "tab":
            parts.append("\t")
        elif child.tag == TEXT + "s":
            parts.append(" " * int(child.get(TEXT + "c", "1")))
        elif child.tag == TEXT + "line-break":
            parts.append("\n")
        elif child.tag != OFFICE + "annotation":
            parts.append(text_of(child))
        parts.append(child.tail or "")
    return "".join(parts)


def cell_of(element):
    kind = element.get(OFFICE + "value-type")
    if kind is None:
        return None
    text = "\n".join(text_of(paragraph) for paragraph in element.findall(TEXT + "p"))
    value = element.get(OFFICE + "date-value") or element.get(OFFICE + "value") or text
    return {"kind": kind, "value": value, "text": text, "formula": element.get(TABLE + "formula")}


def rows_of(table):
    for row in table.iter(TABLE + "table-row"):
        cells = []
        for element in row:
            if element.tag == TABLE + "table-cell":
                # Empty cells to the right of the table are one, repeated thousands of times.
                repeated = int(element.get(TABLE + "number-columns-repeated", "1"))
                cells.extend([cell_of(element)] * min(repeated, 64))
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            for _ in range(int(row.get(TABLE + "number-rows-repeated", "1"))):
                yield cells


tree = xml.etree.ElementTree.parse(sys.argv[1])
print(json.dumps([(table.get(TABLE + "name"), list(rows_of(table))) for table in tree.iter(TABLE + "table")]))
