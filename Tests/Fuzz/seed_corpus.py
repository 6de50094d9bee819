#!/usr/bin/env python3
"""Writes the first inputs of a fuzz target from the recorded sessions: seed_corpus.py TARGET DIRECTORY."""

import json
import pathlib
import struct
import sys
import zlib

RECORDINGS = pathlib.Path(__file__).resolve().parent.parent / "Recordings"


def unescape(frame: bytes) -> bytes:
    content = bytearray()
    escaped = False
    for byte in frame:
        if byte == 0x7D:
            escaped = True
            continue
        content.append(byte ^ 0x20 if escaped else byte)
        escaped = False
    return bytes(content)


def fields(message: bytes):
    """The fields of length 2 in a message: their numbers and bytes."""
    position = 0

    def varint() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = message[position] if position < len(message) else 0
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(message):
        tag = varint()
        if tag & 7 == 0:
            varint()
        elif tag & 7 == 2:
            size = varint()
            yield tag >> 3, message[position : position + size]
            position += size
        else:
            position += {1: 8, 5: 4}.get(tag & 7, len(message))


def pcapng(frames: list[bytes]) -> bytes:
    """A capture file with a packet for each frame."""

    def block(kind: int, body: bytes) -> bytes:
        size = struct.pack("<I", len(body) + 12)
        return struct.pack("<I", kind) + size + body + size

    file = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    file += block(1, struct.pack("<HHIHHB3xI", 147, 0, 0, 9, 1, 9, 0))
    for number, frame in enumerate(frames):
        frame = b"\x7e" + frame + b"\x7e"
        padding = bytes(-len(frame) % 4)
        flags = struct.pack("<HHII", 2, 4, 1, 0)
        body = struct.pack("<IIIII", 0, 0, 1000 * number, len(frame), len(frame)) + frame + padding + flags
        file += block(6, body)
    return file


def inputs(target: str, session: list[dict]):
    wanted = "c2s" if target == "device" else "s2c"
    stream = b"".join(bytes.fromhex(event["hex"]) for event in session if event["dir"] == wanted)
    frames = [frame for frame in stream.split(b"\x7e") if len(frame) >= 6]
    if target == "hdlc":
        yield b"\xff" + stream[:2000]
    elif target in ("packet", "chunk"):
        for frame in frames[:20]:
            packet = unescape(frame)[2:-4]
            yield packet if target == "packet" else dict(fields(packet)).get(5, b"")
    elif target == "record":
        origin = {"device": "usb:2e8a:000a:E661", "resource": 3, "path": "/log", "offset": 0}
        state = {"readable_offset": 100, "read_checksum": "0x1f"}
        record = {"format": 1, "bytes": len(stream), "total": len(stream), "crc32": zlib.crc32(stream)}
        yield json.dumps(record | {"origin": origin | {"state": state}}).encode()
    elif target == "completion":
        yield b"usb:2e8a:000a:$(touch x)\x00Pico: CDC"
    elif target == "capture":
        for events in (session[:6], session[:1]):
            lines = "".join(json.dumps(event) + "\n" for event in events)
            yield b"\x00" + lines.encode()[:2000]
        yield b"\x03" + stream[:1000]
        yield b"\x01" + pcapng(frames[:4])
    elif target == "recording":
        # First the format and the lines; then for each piece its direction, line and length, a time, and the bytes.
        for choices in range(16):
            pieces = (bytes([min(len(frame) + 2, 63) << 2 | number & 3, 9]) + (b"\x7e" + frame + b"\x7e")[:63]
                      for number, frame in enumerate(frames[:20]))
            yield bytes([choices]) + bytes(5 * (choices >> 2)) + bytes(4) + b"".join(pieces)
    elif target == "log":
        entries = b"\x0a\x0a\x0a\x05\x00\x00\x00\x00\x06\x10\xa4\x06" + b"\x0a\x02\x30\x03"
        for number in range(0, 8, 3):
            payload = entries + bytes([0x10, number])
            yield bytes([len(payload)]) + payload + bytes([len(payload)]) + payload
    elif target == "telnet":
        control = b"".join(b"\xff\xfa\x2c" + answer + b"\xff\xf0" for answer in (
            b"\x65\x00\x01\xc2\x00", b"\x66\x08", b"\x67\x01", b"\x68\x01", b"\x69\x01", b"\x6b\x30", b"\x6c", b"\x6d"))
        for choices in (0, 1, 0x1E, 0x40):
            yield bytes([choices]) + b"\xff\xfd\x00\xff\xfb\x00\xff\xfd\x2c" + control + stream[:500].replace(b"\xff", b"\xff\xff")
    elif target == "listing":
        names = [b"/a.bin", b"../../etc/passwd", b"/d/\x1b[2J", b"/d/%2e%2e/.profile", "/d/\u202eb".encode(), b"."]
        entries = [bytes([10, len(name)]) + name + b"\x18\xe8\x07\x10\x03\x20\x02" for name in names]
        yield from (bytes([10, len(entry)]) + entry for entry in entries)
        yield b"".join(bytes([10, len(entry)]) + entry for entry in entries)
        for frame in frames[:20]:
            yield dict(fields(unescape(frame)[2:-4])).get(5, b"")
    else:
        # For each frame, an operation "bytes as they are".
        operations = (bytes([0, len(frame) + 2]) + b"\x7e" + frame + b"\x7e" for frame in frames[:30] if len(frame) < 254)
        yield b"\x00\x10" + b"".join(operations)
        # Start, answer, and some chunks: session and offsets as expected.
        for options in (b"\x00\x10", b"\x01\x10", b"\x03\x10", b"\x04\x10", b"\x05\x10"):
            yield options + b"\xd0\xff" + b"\x10\x00\x10\x00\x00\x10\x00\x40" * 8 + b"\xe8\x00" * 8


def main() -> None:
    target, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    for path in sorted(RECORDINGS.glob("*.jsonl")):
        session = [json.loads(line) for line in path.read_text().splitlines()]
        for number, content in enumerate(inputs(target, session)):
            (directory / f"{path.stem}-{number}").write_bytes(content)


if __name__ == "__main__":
    main()
