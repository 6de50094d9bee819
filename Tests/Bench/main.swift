import PigweedTransfer
import TransferSimulation

for direction in [Direction.read, .write] {
    for line in LossTable.lines {
        var ideal: Duration?
        for loss in LossTable.losses {
            let cell = LossTable.cell(direction, line, loss: loss, seeds: 0..<10, ideal: ideal)
            if loss == 0 { ideal = cell.elapsed }
            print(
                direction, line.name, loss, cell.elapsed, "share", cell.share, "repeats", cell.repeats,
                "stall", cell.longestStall, "failures", cell.failures)
        }
    }
}
