"""Compares our detokenizer with the reference's: databases in every form, and random messages. The seeds make every
run the same.
"""

import io
import json
import pathlib
import random
import re
import struct
import subprocess
from typing import Any

import pytest
from pw_tokenizer import encode, tokens
from pw_tokenizer.database import load_token_database
from pw_tokenizer.detokenize import Detokenizer

from random_messages import Ask

MESSAGES = 11_000

# For each kind of argument: its conversions, and a function that encodes one.


def varint(value: int) -> bytes:
    """Any integer as zigzag and varint, as the firmware encodes all widths."""
    value = value << 1 if value >= 0 else (-value << 1) - 1
    encoded = b""
    while True:
        encoded += bytes([value & 0x7F | (0x80 if value >> 7 else 0)])
        value >>= 7
        if not value:
            return encoded


def integer(rng: random.Random, bits: int) -> bytes:
    value = rng.choice([0, 1, 8, 255, rng.getrandbits(bits), rng.getrandbits(rng.randrange(1, bits))])
    return varint(value - (1 << bits) if value >> (bits - 1) else value)


def real(rng: random.Random) -> bytes:
    special = [0.0, -0.0, 1.0, -1.5, 0.1, 1e16, 3e38, 1e-40, float("inf"), float("-inf"), float("nan"), 12345.678]
    return rng.choice([struct.pack("<f", rng.choice(special)), rng.randbytes(4)])


def string(rng: random.Random) -> bytes:
    text = "".join(rng.choices("abc $%'\"é\N{SNOWMAN}\U0001f600\\\n", k=rng.randrange(rng.choice([1, 5, 30])))).encode()
    text = rng.choice([text, text, text, rng.randbytes(rng.randrange(9))])
    return bytes([len(text) | rng.choice([0, 0, 0, 0x80])]) + text


def character(rng: random.Random) -> bytes:
    return varint(rng.choice([65, 0x7A, 0xE9, 0x2603, 0x1F600, 0x110000, -1]))


KINDS = {
    "signed": (["d", "i", "hhd", "hd", "ld", "zd", "td"], lambda rng: integer(rng, 32)),
    "unsigned": (["u", "hhu", "hu", "lu", "zu"], lambda rng: integer(rng, 32)),
    "hexadecimal": (["x", "X", "hx", "lX"], lambda rng: integer(rng, 32)),
    "octal": (["o", "lo"], lambda rng: integer(rng, 32)),
    "64 bits": (["lld", "llu", "llx", "llo", "jd", "ju"], lambda rng: integer(rng, 64)),
    "fixed point": (["f", "F", "Lf", "a", "A"], real),
    "exponent": (["e", "E", "g", "G"], real),
    "string": (["s", "ls"], string),
    "character": (["c", "lc"], character),
    "pointer": (["p"], lambda rng: integer(rng, 32)),
}


def conversion(rng: random.Random) -> tuple[str, list[Any]]:
    """A conversion, and the functions that encode its arguments."""
    kind = rng.choice(list(KINDS))
    letters, encoder = KINDS[kind]
    flags = "".join(rng.sample("-+ #0", rng.choice([0, 0, 0, 1, 1, 2, 3])))
    width = rng.choice(["", "", "", "1", "2", "5", "12", "20", "*"])
    precision = rng.choice(["", "", "", ".", ".0", ".00", ".1", ".3", ".10", ".*"])
    stars = [size for part in (width, precision) if "*" in part]
    return "%" + flags + width + precision + rng.choice(letters), stars + [encoder]


def format_string(rng: random.Random) -> tuple[str, list[Any]]:
    text, encoders = "", []
    for _ in range(rng.choice([0, 1, 1, 2, 3, 5, 10])):
        text += (between := rng.choice(["", " ", " ", " ", "value: ", "größe=", "%%", "50% of ", "% 5%", "%n"]))
        if between == "50% of ":  # The text ends in an octal conversion.
            encoders.append(KINDS["octal"][1])
        specifier, more = conversion(rng)
        text += specifier
        encoders += more
    return text + rng.choice(["", " end", "%"]), encoders


def size(rng: random.Random) -> bytes:
    """A width or a precision that is passed as an argument."""
    return varint(rng.choice([0, 1, 3, 10, 15, -1, -12]))


def message(rng: random.Random, token: int, encoders: list[Any]) -> bytes:
    arguments = b"".join(encoder(rng) for encoder in encoders)
    # The reference pads to any width that a damaged message asks for, even to gigabytes.
    match rng.randrange(8):
        case 0:
            arguments = arguments[: rng.randrange(len(arguments) + 1)]
        case 1:
            arguments += rng.randbytes(rng.randrange(1, 5))
        case 2 if size not in encoders:
            arguments = rng.randbytes(rng.randrange(20))
    return struct.pack("<I", token) + arguments


def database(rng: random.Random, count: int) -> tuple[tokens.Database, dict[int, list[Any]]]:
    """Strings, some of which share a token, and the encoders for each token."""
    entries, encoders = [], {}
    for number in range(1, count + 1):
        text, arguments = format_string(rng)
        token = rng.randrange(1, number + 1) if rng.random() < 0.1 else number
        if size in arguments + encoders.get(token, []):
            token = number
        encoders[token] = arguments
        entries.append(tokens.TokenizedStringEntry(token, text, rng.choice(["", "", "other"])))
    return tokens.Database(entries), encoders


def csv_of(entries: tokens.Database) -> bytes:
    file = io.BytesIO()
    tokens.write_csv(entries, file)
    return file.getvalue()


# The errors where the reference has no answer: a width is missing, or the string was cut.
UNDEFINED = (TypeError, AssertionError, AttributeError, UnicodeEncodeError, MemoryError)


def test_random_messages_read_alike(ask_codecs: Ask) -> None:
    rng = random.Random(22)
    entries, encoders = database(rng, 800)
    reference = Detokenizer(entries, show_errors=True)
    messages = [message(rng, token := rng.choice(list(encoders)), encoders[token]) for _ in range(MESSAGES)]
    answers = ask_codecs([f"tokens {csv_of(entries).hex()}"] + [f"detokenize {each.hex()}" for each in messages])
    assert int(answers[0]) == len(entries)
    compared = complete = 0
    for encoded, answer in zip(messages, answers[1:]):
        try:
            expected = reference.detokenize(encoded)
        except UNDEFINED:
            continue
        ours = json.loads(answer)
        texts = [bytes.fromhex(text).decode() for text, _, _ in ours["candidates"]]
        assert texts == [result.value for result in expected.matches()], (encoded.hex(), expected.matches())
        assert [bytes.fromhex(rest) for _, rest, _ in ours["candidates"]] == [r.remaining for r in expected.matches()]
        assert [whole for _, _, whole in ours["candidates"]] == [result.ok() for result in expected.matches()]
        # A single string that fits is the text. If several fit, no text is chosen.
        if expected.ok():
            assert bytes.fromhex(ours["text"]).decode() == str(expected)
        elif len(expected.matches()) > 1:
            assert ours["text"] is None
        compared += 1
        complete += expected.ok()
    assert compared >= 10_000 and complete > 2_500


def test_texts_read_alike(ask_codecs: Ask) -> None:
    rng = random.Random(23)
    entries = tokens.Database(
        [tokens.TokenizedStringEntry(number, f"<{number}> $#{number - 1:08x}") for number in range(1, 20)]
        + [tokens.TokenizedStringEntry(100 + number, f"%s and ${{a b}}#{300 + number:08x}") for number in range(20)]
        + [tokens.TokenizedStringEntry(300 + number, f"name{number}", "ab") for number in range(20)]
        + [tokens.TokenizedStringEntry(200, "ab"), tokens.TokenizedStringEntry(201, "%d %s")]
    )
    reference = Detokenizer(entries, show_errors=True)

    def piece() -> str:
        token = rng.choice([0, *(base + rng.randrange(20) for base in (0, 100, 300)), 200, 201, rng.getrandbits(32)])
        argument = rng.choice([b"", b"\x03abc", b"\x09$#00000003"])
        return rng.choice(
            [
                encode.prefixed_base64(struct.pack("<I", token) + argument),
                f"$#{token:08x}",
                f"${rng.choice(['', '8', '10', '16', '64'])}#{token:{rng.choice(['08x', '08X', '010d', '011o'])}}",
                f"${rng.choice(['{}', '{ab}', '{ a  b }', '{9}', '{$#000000c8}', '{ab'])}#{token:08x}",
                "".join(rng.choices("$#{}=abAB019+/-_ \né", k=rng.randrange(12))),
            ]
        )

    texts = ["".join(piece() for _ in range(rng.randrange(5))) for _ in range(3000)]
    answers = ask_codecs([f"tokens {csv_of(entries).hex()}"] + [f"detokenize-text {text.encode().hex()}" for text in texts])
    changed = 0
    for text, answer in zip(texts, answers[1:]):
        try:
            expected = reference.detokenize_text(text)
        except IndexError:  # The reference fails for an unknown base.
            continue
        ours = bytes.fromhex(json.loads(answer)).decode()
        # The reference does not show bytes after the last argument.
        assert re.sub(r"<\[\d+ MORE BYTES \([0-9a-f]+\)\]>", "", ours) == expected, text
        changed += expected != text
    assert changed > 1000


def database_of(ask_codecs: Ask, file: bytes, wanted: tokens.Database) -> None:
    """Every entry of a file is found by its token."""
    entries = sorted(wanted.entries())
    answers = ask_codecs([f"tokens {file.hex()}"] + [f"detokenize {struct.pack('<I', e.token).hex()}" for e in entries])
    assert int(answers[0]) == len(entries)
    reference = Detokenizer(wanted, show_errors=True)
    for entry, answer in zip(entries, answers[1:]):
        expected = [result.value for result in reference.detokenize(struct.pack("<I", entry.token)).matches()]
        assert [bytes.fromhex(text).decode() for text, _, _ in json.loads(answer)["candidates"]] == expected


def strings_of_every_kind() -> tokens.Database:
    strings = ["", "plain", 'with "quotes", commas', "two\nlines", "größer ■msg♦x", "%d %s", " blanks "]
    return tokens.Database([tokens.TokenizedStringEntry(0x80000000 + index, text) for index, text in enumerate(strings)])


def test_databases_that_the_reference_writes(ask_codecs: Ask) -> None:
    entries = strings_of_every_kind()
    binary = io.BytesIO()
    tokens.write_binary(entries, binary)
    database_of(ask_codecs, binary.getvalue(), entries)
    database_of(ask_codecs, csv_of(entries), entries)
    older = re.sub(rb'^(.{8},.{10}),""', rb"\1", csv_of(entries), flags=re.MULTILINE)
    assert older != csv_of(entries)
    database_of(ask_codecs, older, entries)


@pytest.mark.parametrize("bits", [32, 64])
def test_elf_file_of_gnu_as(ask_codecs: Ask, tmp_path: pathlib.Path, bits: int) -> None:
    entries = tokens.Database(
        list(strings_of_every_kind().entries()) + [tokens.TokenizedStringEntry(5, "in a domain %u", "domain")]
    )
    section = io.BytesIO()
    tokens.write_elf_db_format(entries, section)
    (tmp_path / "section").write_bytes(section.getvalue())
    source = tmp_path / "firmware.s"
    source.write_text(
        ".text\n.globl _start\n_start: nop\n"
        '.section .pw_tokenizer.info,"",@progbits\n.ascii "hash_length\\0"\n.long 128\n'
        '.section .pw_tokenizer.entries,"",@progbits\n.incbin "section"\n'
    )
    subprocess.run(["as", f"--{bits}", "-o", "firmware.o", source.name], cwd=tmp_path, check=True)
    elf = tmp_path / "firmware.o"
    database_of(ask_codecs, elf.read_bytes(), load_token_database(elf, domain=re.compile(".*")))
    assert len(load_token_database(elf, domain=re.compile(".*"))) == len(entries)
