import PigweedTokenizer
import TestSupport
import Testing

/// Messages and texts of Pigweed's own tests of its decoders:
/// `pw_tokenizer/py/tokenized_string_decoding_test_data.py` and `varint_decoding_test_data.py`, Copyright 2020 The
/// Pigweed Authors, under the Apache License, Version 2.0. Only a few of the random ones are here.
@Suite struct ReferenceVectorTests {
    private static let vectors: [(format: String, arguments: String, text: String)] = [
        ("%s", "0353464f", "SFO"),
        ("%s", "044b534a43", "KSJC"),
        ("%s", "00", ""),
        ("%5s%s", "026e6f0366756e", "   nofun"),
        ("%5s%s", "0661626364656600", "abcdef"),
        ("%5s%s", "0006616263646566", "     abcdef"),
        (
            "%s %-6s%s%s%s", "05496e74656c05383035383607746f61737465720120046f76656e",
            "Intel 80586 toaster oven"
        ),
        ("%s-%s", "02736f00", "so-"),
        ("%s-%s", "0004636f6f6c", "-cool"),
        ("%s%s%3s%s", "00000000", "   "),
        ("(%5s)(%2s)(%7s)", "800080", "([...])(  )(  [...])"),
        ("%s", "036869", "<[%s ERROR (hi)]>"),
        ("%30s", "036869", "<[%30s ERROR (hi)]>"),
        ("%30s", "836869", "<[%30s ERROR (hi)]>"),
        ("%s", "85796f21", "<[%s ERROR (yo!)]>"),
        ("%s", "01", "<[%s ERROR]>"),
        ("%30s", "81", "<[%30s ERROR]>"),
        ("%s %d %s", "82676f04056c756e6368", "go[...] 2 lunch"),
        ("%6s%s%s", "808568656c6c6f057468657265", " [...]hello[...]there"),
        ("%1.1f", "00000000", "0.0"),
        ("%0.5f", "db0f4940", "3.14159"),
        ("%c", "40", " "),
        ("%c", "48", "$"),
        ("100%c!", "4a", "100%!"),
        ("%ju", "c601", "99"),
        ("%jd", "c601", "99"),
        ("%zu", "10", "8"),
        ("%zd", "f601", "123"),
        ("%td", "c601", "99"),
        ("%%", "", "%"),
        ("whoa%%%%wow%%%%!%%", "", "whoa%%wow%%!%"),
        ("This is %d%% effective", "02", "This is 1% effective"),
        ("%% is 100%sa%%sign%%%s", "0125034f4b3f", "% is 100%a%sign%OK?"),
        ("%d%% is a good %%", "", "<[%d MISSING]>% is a good %"),
        ("!", "", "!"),
        ("%s", "022573", "%s"),
        ("%s to the%c%s", "0568656c6c6f4007776869726c6564", "hello to the whirled"),
        ("hello %s %d %d %d", "06726f6c6c6564020406", "hello rolled 1 2 3"),
        ("", "", ""),
        ("%s_or_%3s", "0568656c6c6f026869", "hello_or_ hi"),
        ("%s_or_%3d", "0568656c6c6f7f", "hello_or_-64"),
        ("%s or hi%c pi=%1.2e", "0568656c6c6f42db0f4940", "hello or hi! pi=3.14e+00"),
        (
            "Why, %s there. My favorite number is %.2f%c", "0568656c6c6fdb0f494042",
            "Why, hello there. My favorite number is 3.14!"
        ),
        ("%d", "", "<[%d MISSING]>"),
        ("ABC%d123%dabc%dABC", "", "ABC<[%d MISSING]>123<[%d SKIPPED]>abc<[%d SKIPPED]>ABC"),
        ("%sXY%+ldxy%a", "83596f2180", "Yo![...]XY<[%+ld ERROR]>xy<[%a SKIPPED]>"),
        ("%s%lld%9u", "81248080", "$[...]<[%lld ERROR]><[%9u SKIPPED]>"),
        ("Hex: %#x", "defb05", "Hex: 0xbeef"),
        ("Hex: %#08X", "dafb07", "Hex: 0X00FEED"),
        (
            "This is a number: %+08.3e%1.0E%02d%g%G%f%-3f",
            "cb5fa43ecb5fa43e00cb5fa43ecb5fa43ecb5fa43ecb5fa43e",
            "This is a number: +3.210e-013E-01000.3210430.3210430.3210430.321043"
        ),
        (
            "This is a number: %+08.3e%1.0E%02d%g%G%f%-3f",
            "2ad8983d2ad8983d222ad8983d2ad8983d2ad8983d2ad8983d",
            "This is a number: +7.463e-027E-02170.07463110.07463110.0746310.074631"
        ),
        (
            "This is a number: %+08.3e%1.0E%02d%g%G%f%-3f",
            "4aa3763f4aa3763f164aa3763f4aa3763f4aa3763f4aa3763f",
            "This is a number: +9.634e-011E+00110.9634290.9634290.9634290.963429"
        ),
        ("%lld", "d2cb8c9086e6f2afa401", "5922204476835468009"),
        ("%llu", "8e89a591fac9e3be16", "810303956798710343"),
        ("%d", "00", "0"),
        ("%u", "00", "0"),
        ("%d", "ffff03", "-32768"),
        ("%u", "ffff03", "4294934528"),
        ("%d", "fdff03", "-32767"),
        ("%u", "fdff03", "4294934529"),
        ("%d", "fcff03", "32766"),
        ("%u", "fcff03", "32766"),
        ("%d", "feff03", "32767"),
        ("%u", "feff03", "32767"),
        ("%d", "ffffffff0f", "-2147483648"),
        ("%u", "ffffffff0f", "2147483648"),
        ("%d", "fdffffff0f", "-2147483647"),
        ("%u", "fdffffff0f", "2147483649"),
        ("%d", "fcffffff0f", "2147483646"),
        ("%u", "fcffffff0f", "2147483646"),
        ("%d", "feffffff0f", "2147483647"),
        ("%u", "feffffff0f", "2147483647"),
        ("%lld", "ffffffffffffffffff01", "-9223372036854775808"),
        ("%llu", "ffffffffffffffffff01", "9223372036854775808"),
        ("%lld", "fdffffffffffffffff01", "-9223372036854775807"),
        ("%llu", "fdffffffffffffffff01", "9223372036854775809"),
        ("%lld", "fcffffffffffffffff01", "9223372036854775806"),
        ("%llu", "fcffffffffffffffff01", "9223372036854775806"),
        ("%lld", "feffffffffffffffff01", "9223372036854775807"),
        ("%llu", "feffffffffffffffff01", "9223372036854775807"),
    ]

    @Test(arguments: vectors) func reads(format: String, arguments: String, text: String) throws {
        let message = try detokenizer(format).detokenize([1, 0, 0, 0] + hex(arguments))
        #expect(message.candidates.map(\.text) == [text])
    }
}
