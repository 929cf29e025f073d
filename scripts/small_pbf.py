#!/usr/bin/env python3
"""Makes tests/fixtures/valley.osm.pbf: the roads of tests/support/small_folder.rs as an OpenStreetMap extract.

Usage: python3 scripts/small_pbf.py OUT.osm.pbf

Written by hand after https://wiki.openstreetmap.org/wiki/PBF_Format, so that damaged files can be tested without public data.
"""

import struct
import sys
import zlib

NODES = {  # id: (north, east)
    1: (31.0, 108.0),
    2: (31.0, 108.01),
    3: (31.0, 108.02),
    4: (31.0, 108.03),
    5: (31.001, 108.005),
    6: (31.001, 108.025),
    7: (31.004, 108.01),
    8: (31.006, 108.02),
    9: (31.1, 108.1),
    10: (31.101, 108.1),
}
WAYS = [  # nodes, tags
    ([1, 5, 2, 3], {"highway": "tertiary", "name": "谷镇路"}),
    ([3, 6, 4], {"highway": "unclassified"}),
    ([2, 7], {"highway": "track"}),
    ([7, 8, 3], {"highway": "path"}),
    ([9, 10], {"highway": "residential"}),  # leads nowhere
    ([1, 2], {"waterway": "stream"}),
]


def varint(number):
    digits = bytearray()
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def zigzag(number):
    return varint(number * 2 if number >= 0 else -number * 2 - 1)


def number_field(field, number):
    return varint(field << 3) + varint(number)


def signed_field(field, number):
    return varint(field << 3) + zigzag(number)


def bytes_field(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def block(kind, content):
    blob = number_field(2, len(content)) + bytes_field(3, zlib.compress(content, 9))
    header = bytes_field(1, kind.encode()) + number_field(3, len(blob))
    return struct.pack(">I", len(header)) + header + blob


def primitive_block(strings, group):
    table = b"".join(bytes_field(1, text.encode()) for text in strings)
    return block("OSMData", bytes_field(1, table) + bytes_field(2, group))


def node(identifier, north, east):
    # In units of 100 nanodegrees, the format's default.
    content = signed_field(1, identifier) + signed_field(8, round(north * 1e7)) + signed_field(9, round(east * 1e7))
    return bytes_field(1, content)


def way(identifier, nodes, tags, strings):
    def indices(words):
        return b"".join(varint(strings.index(word)) for word in words)

    steps = [after - before for before, after in zip([0] + nodes, nodes)]
    content = number_field(1, identifier)
    content += bytes_field(2, indices(tags)) + bytes_field(3, indices(tags.values()))
    content += bytes_field(8, b"".join(zigzag(step) for step in steps))
    return bytes_field(3, content)


def extract():
    strings = [""] + sorted({word for _, tags in WAYS for pair in tags.items() for word in pair})
    header = bytes_field(4, b"OsmSchema-V0.6") + bytes_field(16, b"small_pbf.py")
    nodes = b"".join(node(identifier, *place) for identifier, place in NODES.items())
    ways = b"".join(way(100 + index, *of_way, strings) for index, of_way in enumerate(WAYS))
    return block("OSMHeader", header) + primitive_block([""], nodes) + primitive_block(strings, ways)


with open(sys.argv[1], "wb") as file:
    file.write(extract())
