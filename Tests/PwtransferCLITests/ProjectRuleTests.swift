@testable internal import PwtransferCLI
internal import Testing

/// The author of a project does not decide which files of the user are written, or where data are sent.
@Suite struct ProjectRuleTests {
    private static let refusedSettings = [
        ("read", #"output = "/etc/cron.d/x""#), ("read", #"output = "../x""#),
        ("read", #"output = "a/../../x""#),
        ("read", #"output = ".git/hooks/pre-commit""#), ("read", #"output = "./.bashrc""#),
        ("read", "overwrite = true"), ("read", "remove-after = true"),
        ("read", #"[read]\noutput = "/x""#), ("write", #"trace = "/etc/profile.d/x.sh""#),
        ("write", #"capture = "/x""#), ("ls", #"port = "tcp:example.com:1""#),
        ("ls", #"port = "tcp:127.0.0.1.example.com:1""#),
        ("ls", #"port = ["/dev/ttyACM0", "tcp:10.0.0.1:1"]"#),
        ("simulate", #"[simulate]\nlink = "/x""#), ("simulate", #"[simulate]\nresource = "3=/etc/passwd:w""#),
        ("simulate", #"[simulate]\nfile = "/a=../x""#), ("simulate", #"[simulate]\nscenario = "/x""#),
        ("simulate", #"[simulate]\nscenario = "boards.toml""#),
        ("simulate", #"[simulate]\nlisten = "0.0.0.0:33000""#),
    ]

    private func settings(_ command: String, _ configuration: Configuration) throws -> [Setting] {
        let scan = CommandLineScan([command], try programCatalog.get())
        return try configuration.settings(for: #require(scan))
    }

    @Test(arguments: [
        ("wait = true", ["--wait=forever"]), ("wait = false", []), ("wait = \"5s\"", ["--wait=5s"]),
        ("reconnect = true", ["--reconnect=forever"]), ("trace = true", ["--trace=-"]),
        ("device-output = true", ["--device-output=line"]),
        ("device-output = \"all\"", ["--device-output=all"]),
    ])
    func aValueThatMayBeLeftOut(text: String, arguments: [String]) throws {
        #expect(try settings("read", configuration(project: text)).flatMap(\.arguments) == arguments)
    }

    @Test(arguments: refusedSettings) func refused(command: String, text: String) throws {
        let text = text.replacing(#"\n"#, with: "\n")
        let project = try configuration(project: text)
        let problem = try problem { try settings(command, project) }
        #expect(problem.status.rawValue == 78)
        #expect(problem.message.contains("is not taken from a project's file"))
        #expect(try project.problems().count == 1)
        #expect(try ConfigurationReport(of: project).lines.contains { $0.contains(" - refused: ") })
        // The user's own file may set it.
        #expect(try settings(command, configuration(user: text)).count == 1)
    }

    /// A value with more precedence makes the refused one irrelevant.
    @Test func notInUse() throws {
        let found = try settings(
            "read", configuration(project: #"output = "/x""#, environment: ["PWTRANSFER_OUTPUT": "y"]))
        #expect(found.map(\.value) == [.words(["y"])])
    }

    @Test(arguments: [
        ("read", #"output = "out/log-{serial}.bin""#), ("read", #"output = "./out.bin""#),
        ("read", #"output = "-""#),
        ("read", "overwrite = false"), ("ls", #"port = "tcp:localhost:33000""#),
        ("ls", #"port = "tcp:127.1.2.3:1""#),
        ("ls", #"port = "/dev/serial/by-id/x""#), ("ls", #"port = "usb:2e8a:000a""#),
        ("simulate", #"[simulate]\nresource = ["3=flash.bin:w", "2=b"]"#),
        ("simulate", #"[simulate]\nlisten = "[::1]:0""#), ("doctor", #"listen = "2s""#),
    ])
    func taken(command: String, text: String) throws {
        let project = try configuration(project: text.replacing(#"\n"#, with: "\n"))
        #expect(try settings(command, project).count == 1)
        #expect(try project.problems().isEmpty)
    }
}
