import PigweedTokenizer

let csv = Array("00000001,          ,\"\",\"booted\"\n".utf8)
let message: [UInt8] = [1, 0, 0, 0]
do throws(TokenDatabaseError) {
    var builder = TokenDatabaseBuilder()
    _ = try builder.add(csv: csv.span)
    let detokenizer = Detokenizer(builder.build())
    precondition(detokenizer.detokenize(message).text == "booted")
} catch {
    preconditionFailure("\(error)")
}
