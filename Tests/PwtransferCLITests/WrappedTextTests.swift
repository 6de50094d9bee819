@testable internal import PwtransferCLI
internal import Testing

@Suite struct WrappedTextTests {
    @Test func restStandsBelowTheText() {
        #expect(
            WrappedText.text(
                """
                pwtransfer: the device refused to write resource 2
                  cause: the firmware has no handler for this resource, or it is locked
                  try:   check the number
                """, columns: 40)
                    == """
                    pwtransfer: the device refused to write
                        resource 2
                      cause: the firmware has no handler for
                             this resource, or it is locked
                      try:   check the number
                    """)
    }

    @Test func lastColumnIsOneOfItsOwn() {
        #expect(
            WrappedText.text("board-1  FAIL    75  the device did not answer in time", columns: 46)
                == """
                board-1  FAIL    75  the device did not answer
                                     in time
                """)
    }

    @Test func columnBeyondTheTerminalMovesToTheLeft() {
        #expect(
            WrappedText.text("output      -                      built in", columns: 40)
                == "output      -  built in")
    }

    /// Where the columns before leave too little room.
    @Test func restBeginsFurtherToTheLeft() {
        #expect(
            WrappedText.text("                    cause: no answer at all", columns: 24)
                == """
                    cause: no answer at
                    all
                """)
    }

    @Test func commandStaysInOnePiece() {
        #expect(
            WrappedText.text("  try:   see who has it: sudo fuser /dev/ttyACM0; then try again", columns: 42)
                == """
                  try:   see who has it:
                         sudo fuser /dev/ttyACM0; then try
                         again
                """)
        #expect(
            WrappedText.text("choose one with --port /dev/serial/by-id/usb-Raspberry_Pi-if00", columns: 30)
                == """
                choose one with
                    --port /dev/serial/by-id/usb-Raspberry_Pi-if00
                """)
    }

    @Test func numberKeepsItsUnit() {
        #expect(
            WrappedText.text("read 64.0 KiB in 6.00 s (10.7 KiB/s)", columns: 31) == """
                read 64.0 KiB in 6.00 s
                    (10.7 KiB/s)
                """)
    }

    @Test func colorsTakeNoRoom() {
        let palette = Palette(isColored: true)
        let text = "  \(palette.paint("cause:", .bold)) it is in use"
        #expect(WrappedText.text(text, columns: 22) == text)
        #expect(
            WrappedText.text("  \(palette.paint("cause:", .bold)) it is in use by screen", columns: 40) == """
                  \(palette.paint("cause:", .bold)) it is in use by screen
                """)
    }

    @Test(arguments: 1...90) func losesNothingAndBreaksNoWord(columns: Int) {
        let text = """
            wrote 64.0 KiB in 6.00 s (10.7 KiB/s), retransmissions: 3, limited by the device's pace

              line             warning      text comes, but no frame of HDLC: another baud rate?
                                            cause: the firmware prints on the same line
            """
        let wrapped = WrappedText.text(text, columns: columns)
        #expect(wrapped.split(whereSeparator: \.isWhitespace) == text.split(whereSeparator: \.isWhitespace))
        for line in wrapped.split(separator: "\n") where line.count > columns {
            #expect(line.split(separator: " ").count < 3, "only what stays in one piece may be too wide")
        }
    }

    @Test func withoutTerminalLinesAreAsTheyAre() {
        let text = String(repeating: "word ", count: 100)
        #expect(WrappedText.text(text, columns: nil) == text)
    }
}
