"""grpc_server.py CERTIFICATE KEY: a gRPC server whose messages are bytes. It prints its port."""
import concurrent.futures
import sys

import grpc


def unary(request, context):
    context.set_trailing_metadata((("sum", str(len(request))),))
    return request[::-1]


def many(request, context):
    for part in request.split(b" "):
        yield part


def collect(requests, context):
    return b" ".join(requests)


def talk(requests, context):
    for request in requests:
        yield b"heard " + request


def refuse(request, context):
    context.set_trailing_metadata((("why", "policy"),))
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now")


class Handler(grpc.GenericRpcHandler):
    methods = {
        "/example.Bytes/Unary": grpc.unary_unary_rpc_method_handler(unary),
        "/example.Bytes/Many": grpc.unary_stream_rpc_method_handler(many),
        "/example.Bytes/Collect": grpc.stream_unary_rpc_method_handler(collect),
        "/example.Bytes/Talk": grpc.stream_stream_rpc_method_handler(talk),
        "/example.Bytes/Refuse": grpc.unary_unary_rpc_method_handler(refuse),
    }

    def service(self, details):
        return self.methods.get(details.method)


def read(path):
    with open(path, "rb") as file:
        return file.read()


server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
server.add_generic_rpc_handlers((Handler(),))
port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(read(sys.argv[2]), read(sys.argv[1]))]))
server.start()
print("port", port, flush=True)
server.wait_for_termination()
