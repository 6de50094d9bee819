import PigweedTransfer
import Testing

@testable import SimulatedDevice

@Suite struct FaultTextTests {
    private static let texts = [
        "to-device:hdlc-packetizer", "to-client:data-dropper=0.05", "both:data-dropper=0.05,seed=7",
        "both:data-transposer=0.1,timeout=250ms", "to-client:server-failure=5/5",
        "to-device:server-failure=0/12,start-immediately,only-chunks", "to-device:keep-drop-queue=5/1/-1",
        "both:keep-drop-queue=5/1,only-chunks", "to-client:rate-limiter=5000,buffer=100",
        "to-client:page-forwarder=50000,page=4096,buffer=0", "device:pause=50ms,after=1000,every=20000",
        "device:pause=2s,after=1", "to-client:chunk-dropper=data,first=3,count=10,every=200,direction=read",
        "to-client:window-packet-dropper=0", "to-client:chunk-dropper=completion",
        "both:chunk-dropper=final-data,first=2,count=all,direction=write", "both:frame-duplicator=1.0",
        "both:stall=1500ms,rate=0.25", "to-client:stall=3s,after=1us,seed=18446744073709551615",
        "both:bit-flipper=1e-05", "both:byte-dropper=0.001", "both:byte-repeater=0.001",
        "both:burst=0.001,length=3,effect=lose", "both:noise-injector=0.5,inside=0.25,length=4",
        "to-client:text-injector=0.5,inside=0.0,text=a%2C b%25%0A%C3%A4",
        "to-client:log-injector=0.5,inside=0.5", "device:reset-after=2s", "device:reset-after-chunks=20",
        "device:reset-in-state=terminating", "device:hang-up-after=1ns", "device:hang-up-after-chunks=1",
        "device:hang-up-in-state=preparing", "device:slow-prepare=10s", "device:slow-write=5ms",
        "device:unplug-at-offset=32768", "device:unplug-after=1s", "device:fall-silent-after-chunks=3",
        "device:reset-at-offset=1", "device:reset-after-write=1s", "device:refuse=DATA_LOSS",
        "device:refuse=NOT_FOUND,resource=7",
        "device:refuse=STATUS_99", "device:deaf-after-request=50ms", "device:slow-output=1ms",
        "device:slow-finalize=3s", "device:console=100ms,form=text,text=x",
        "device:console=1s,form=frames", "device:console=1s,form=rpc,drop=7",
        "device:console=1s,form=tokens,text=n%25u,from=restart",
        "device:stored-bit-flip=4096", "device:listing=garbage", "device:hang-up-at-offset=1",
        "device:hang-up-after-write=1s", "device:unplug-after-chunks=2",
        "device:unplug-in-state=waiting", "device:unplug-after-write=1s", "device:fall-silent-after=1s",
        "device:fall-silent-in-state=waiting", "device:fall-silent-at-offset=1",
        "device:fall-silent-after-write=1s",
    ]

    /// The description of each fault is the text itself.
    @Test(arguments: texts) func describesItself(text: String) throws {
        #expect(try Fault(parsing: text).description == text)
    }

    private static let shortTexts = [
        ("both:data-dropper=5%", "both:data-dropper=0.05"),
        ("both:data-transposer=1", "both:data-transposer=1.0,timeout=500ms"),
        ("both:burst=0.5", "both:burst=0.5,length=16,effect=garble"),
        ("to-client:stall=1.5s", "to-client:stall=1500ms"),
        ("both:chunk-dropper=start,count=1,first=1", "both:chunk-dropper=start"),
        ("both:text-injector=0.5,seed=1,inside=1", "both:text-injector=0.5,inside=1.0,seed=1"),
        ("to-client:page-forwarder=1", "to-client:page-forwarder=1,page=4096,buffer=2048"),
        ("device:console=1s", "device:console=1s,form=frames"),
        ("device:silent", "device:fall-silent-after=0s"),
        ("device:refuse=15", "device:refuse=DATA_LOSS"),
    ]

    @Test(arguments: shortTexts) func completesWhatIsLeftOut(text: String, full: String) throws {
        #expect(try Fault(parsing: text).description == full)
    }

    @Test(arguments: [
        ("data-dropper=0.1", "a fault begins with one of to-device:, to-client:, both:, device:"),
        ("line:data-dropper=0.1", "to-device:"), ("", "to-device:"), ("to-device", "to-device:"),
        ("to-client:dropper=1", "has no fault dropper; it has hdlc-packetizer, data-dropper,"),
        ("device:data-dropper=1", "has no fault data-dropper; it has reset-after,"),
        ("both:data-dropper", "a rate such as 0.05 or 5% is missing; its form is data-dropper=RATE[,seed=N]"),
        ("both:data-dropper=1.5", "1.5 is not a rate"), ("both:data-dropper=-1", "-1 is not a rate"),
        ("both:data-dropper=nan", "nan is not a rate"), ("both:data-dropper=101%", "101% is not a rate"),
        ("both:data-dropper=0.1,sed=3", "there is no option sed"),
        ("both:data-dropper=0.1,seed", "seed needs a value"),
        ("both:data-dropper=0.1,seed=1,seed=2", "seed stands twice"),
        ("both:data-dropper=0.1,seed=18446744073709551616", "seed=18446744073709551616: not a number"),
        ("both:hdlc-packetizer=3", "it takes no value"),
        ("both:keep-drop-queue=1//2", "1//2 is not numbers such as 5/1/-1"),
        ("both:server-failure=1/-1", "1/-1 is not numbers such as 5/5"),
        ("both:server-failure=1,only-chunks=yes", "only-chunks takes no value"),
        ("device:refuse=OK", "OK is not a status other than OK"), ("device:refuse=0", "0 is not a status"),
        ("device:refuse=DATA_LOSS,resource=x", "resource=x: not the number of a resource"),
        ("device:silent=1", "it takes no value"),
        ("device:unplug-at-offset=0", "0 is not a number from 1 on"),
        ("both:rate-limiter=0", "0 is not a number from 1 on"),
        ("both:stall=3", "3 is not a time such as 250ms or 1.5s"),
        ("both:chunk-dropper=ack", "ack is not one of any, data, final-data, start,"),
        ("both:text-injector=1,text=%2", "text=%2: not text"),
        ("both:text-injector=1,text=%FF", "text=%FF: not text"),
        ("device:reset-in-state=idle", "idle is not one of preparing, initiating, waiting,"),
        ("device:slow-prepare=99999999999h", "is not a time"),
        ("device:slow-prepare=99999999999999s", "is not a time"),
    ])
    func saysWhatIsWrong(text: String, part: String) {
        let error = #expect(throws: FaultTextError.self) { try Fault(parsing: text) }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }

    @Test func eachFormHasATextAbove() {
        let texts = Self.texts + Self.shortTexts.map(\.0)
        let tested = Set(texts.compactMap { $0.split { ":=,".contains($0) }.dropFirst().first })
        let names = Fault.forms.compactMap { $0.form.split { ":=[".contains($0) }.dropFirst().first }
        #expect(Set(names).subtracting(tested) == [])
        #expect(names.count == Set(names).count)
        #expect(Fault.forms.allSatisfy { !$0.summary.isEmpty })
    }

    @Test func seedsAreChosenAndDescribed() throws {
        let texts = ["both:data-dropper=0.5", "to-client:bit-flipper=0.5,seed=3", "device:slow-write=1ms"]
        let set = try FaultSet(parsing: texts, seed: 9)
        #expect(set.toDevice.count == 1)
        #expect(set.toClient.count == 2)
        #expect(set.device == [.slowWrite(.milliseconds(1))])
        let again = try FaultSet(parsing: set.descriptions)
        #expect(again.descriptions == set.descriptions)
        #expect(set.descriptions[2] == "to-client:bit-flipper=0.5,seed=3")
        #expect(set.descriptions[0].dropFirst(9) != set.descriptions[1].dropFirst(9))
        #expect(try FaultSet(parsing: texts, seed: 9).descriptions == set.descriptions)
        #expect(try FaultSet(parsing: texts, seed: 10).descriptions != set.descriptions)
    }
}

extension FaultSet {
    /// Texts that give the same faults again, chosen seeds included.
    fileprivate var descriptions: [String] {
        let lines = [(Fault.Target.toDevice, toDevice), (.toClient, toClient)].flatMap { target, filters in
            filters.compactMap { $0 as? any TextualFilter }.map { "\(target.rawValue):\($0.text)" }
        }
        return lines + device.map { "device:\($0.text)" }
    }
}
