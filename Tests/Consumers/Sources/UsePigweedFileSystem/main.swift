import PigweedFileSystem

var client = RPCClient(configuration: RPCClient.Configuration(), firstCallID: 1)
_ = client.open(FileSystemService.list, payload: PathRequest(path: "/logs").bytes)
precondition(client.hasOutput)
