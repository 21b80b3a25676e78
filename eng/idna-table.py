#!/usr/bin/env python3
"""Writes compiler/IronProxy.Compiler/Values/IdnaTable.cs from the Unicode data of this Python, in the way of UTS 46.

The mapping of a character is its compatibility form in lower case; what lower case alone does is left out, as the reader does
that first. Characters that cannot be seen, are not assigned, or map to ASCII that no host has are refused.
"""
import pathlib
import unicodedata

WIDTH = 130
TARGET = pathlib.Path(__file__).parent.parent / "compiler/IronProxy.Compiler/Values/IdnaTable.cs"
HANGUL = range(0xAC00, 0xD7A4)
SURROGATES = range(0xD800, 0xE000)
DOTS = (0x3002, 0xFF0E, 0xFF61)

# Default_Ignorable_Code_Point of DerivedCoreProperties.txt, and the blank pattern of Braille, which shows nothing either.
IGNORABLE = [
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
    (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
]


def mapped(char):
    if ord(char) in DOTS:
        return "."
    while (folded := unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).lower())) != char:
        char = folded
    return char


def is_refused(code, form):
    return (
        any(first <= code <= last for first, last in IGNORABLE)
        or unicodedata.category(chr(code)) in ("Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs")
        or any(ord(c) < 0x80 and not c.isalnum() and c not in "-_." for c in form)
    )


def runs(pairs):
    """Neighbours whose values keep their distance, as [first, last, value of the first]."""
    result = []
    for code, value in pairs:
        last = result[-1] if result else None
        if last and len(value) == 1 and len(last[2]) == 1 and last[1] == code - 1 and ord(last[2]) + code - last[0] == ord(value):
            last[1] = code
        else:
            result.append([code, code, value])
    return result


def span(first, last):
    return f"{first:X}" if first == last else f"{first:X}-{last:X}"


def constant(name, summary, items):
    lines, line = [], ""
    for item in items:
        if line and len(line) + len(item) + 1 > WIDTH:
            lines.append(line)
            line = ""
        line = f"{line} {item}" if line else item
    lines.append(line)
    text = "\n".join(f"        {line}" for line in lines)
    return f'    /// <summary>{summary}</summary>\n    public const string {name} = """\n{text}\n        """;\n'


def main():
    refused, maps, classes, pairs = [], [], [], []
    for code in range(0x80, 0x110000):
        if code in SURROGATES:
            continue
        char = chr(code)
        form = mapped(char)
        if is_refused(code, form):
            if refused and refused[-1][1] == code - 1:
                refused[-1][1] = code
            else:
                refused.append([code, code])
            continue
        if form != (char.lower() if len(char.lower()) == 1 else char):
            maps.append((code, form))
        if unicodedata.combining(char):
            classes.append((code, unicodedata.combining(char)))
        parts = unicodedata.decomposition(char).split()
        if len(parts) == 2 and code not in HANGUL and form == char:
            pairs.append((code, parts))

    grouped = []
    for code, value in classes:
        if grouped and grouped[-1][1] == code - 1 and grouped[-1][2] == value:
            grouped[-1][1] = code
        else:
            grouped.append([code, code, value])

    TARGET.write_text(
        "namespace IronProxy.Compiler.Values;\n\n"
        f"/// <summary>Characters beyond ASCII in hosts, from Unicode {unicodedata.unidata_version}. Written by eng/idna-table.py.</summary>\n"
        "internal static class IdnaTable\n{\n"
        + constant("Refused", "No host has these: <c>FIRST-LAST</c>.", (span(a, b) for a, b in refused))
        + "\n"
        + constant(
            "Mapped",
            "These stand for others: <c>FIRST-LAST=VALUES</c>, where a range goes on counting from its one value.",
            (f"{span(a, b)}={'+'.join(f'{ord(c):X}' for c in value)}" for a, b, value in runs(maps)),
        )
        + "\n"
        + constant("Classes", "Combining classes: <c>FIRST-LAST=CLASS</c>, in decimal.", (f"{span(a, b)}={v}" for a, b, v in grouped))
        + "\n"
        + constant("Pairs", "Two characters that are written as one: <c>ONE=FIRST+SECOND</c>.", (f"{code:X}={'+'.join(p.lstrip('0') for p in parts)}" for code, parts in pairs))
        + "}\n",
        encoding="utf-8",
    )


main()
