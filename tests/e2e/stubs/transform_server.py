"""A server of grpc transforms with Python's gRPC, and the upstream whose requests it is asked about.

usage: transform_server.py SCHEMA CERTIFICATE KEY CLIENT_CA [PORT]

SCHEMA is the folder of transform/v1/transform.proto, which protoc translates. Prints "ports PLAIN TLS MTLS UPSTREAM", then a line of JSON for each question of
the kinds in TOLD: what was asked, and what was shown. The last segment of a request's path says what the server does. PORT is that of PLAIN, which is any without it.
"""
import concurrent.futures
import http.server
import json
import ssl
import subprocess
import sys
import tempfile
import threading

import grpc

SCHEMA, CERTIFICATE, KEY, CLIENT_CA = sys.argv[1:5]
PORT = sys.argv[5] if len(sys.argv) > 5 else "0"

folder = tempfile.TemporaryDirectory()
subprocess.run(["protoc", f"--proto_path={SCHEMA}", f"--python_out={folder.name}", "transform/v1/transform.proto"], check=True)
sys.path.insert(0, folder.name)
from transform.v1 import transform_pb2 as messages  # It was made a moment ago.

CONTINUE = messages.TRANSFORM_ACTION_CONTINUE
REJECT = messages.TRANSFORM_ACTION_REJECT

# Nobody reads about the others, and what nobody reads fills the pipe.
TOLD = ("continue", "annotate")
lock = threading.Lock()


def say(what, question):
    if scenario(question) not in TOLD:
        return
    request = question.request
    seen = {
        "asked": what,
        "method": request.method,
        "url": request.url,
        "host": request.host,
        "remote": bool(request.remote_addr),
        "sni": question.context.sni,
        "tunnel": question.context.tunnel.target,
        "headers": {name: list(values.values) for name, values in sorted(request.headers.items())},
        "body": request.body.decode("latin-1") if request.HasField("body") else None,
    }
    if what == "response":
        response = question.response
        seen["status"] = response.status_code
        seen["content"] = response.body.decode("latin-1") if response.HasField("body") else None
    with lock:
        print(json.dumps(seen), flush=True)


def scenario(question):
    return question.request.url.partition("?")[0].rpartition("/")[2]


def on_request(question, context):
    say("request", question)
    what = scenario(question)
    answer = messages.TransformRequestResponse(action=CONTINUE)
    if what == "modify":
        modified = answer.modified_request
        modified.CopyFrom(question.request)
        modified.url += "?added=1"
        modified.headers["X-Added"].values.extend(["one", "zw\u00f6lf"])
        del modified.headers["X-Dropped"]
        modified.body = question.request.body.upper()
        answer.annotations["team"] = "red"
    elif what == "echo":
        answer.modified_request.CopyFrom(question.request)
        answer.modified_request.headers["X-Echo"].values.append(question.request.body.decode())
    elif what == "annotate":
        answer.annotations["seen"] = ",".join(question.request.headers["Authorization"].values)
    elif what == "reject":
        answer.action = REJECT
        answer.response.status_code = 451
        answer.response.headers["X-Why"].values.append("policy")
        answer.response.body = b"not here"
    elif what == "reject_plain":
        answer.action = REJECT
    elif what == "unspecified":
        answer.action = messages.TRANSFORM_ACTION_UNSPECIFIED
    elif what == "smuggle":
        answer.modified_request.headers["Transfer-Encoding"].values.append("chunked")
    elif what == "elsewhere":
        answer.modified_request.url = "https://other.example.com/"
    elif what == "abort":
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "canary-details")
    elif what == "garbage":
        return b"\xff\xff\xff\xff canary-garbage"
    elif what == "big":
        answer.modified_request.body = b"x" * (40 << 20)
    elif what == "slow":
        ended = threading.Event()
        context.add_callback(ended.set)
        ended.wait()
    return answer


def on_response(question, context):
    say("response", question)
    what = scenario(question)
    answer = messages.TransformResponseResponse(action=CONTINUE)
    if what == "modify":
        answer.modified_response.CopyFrom(question.response)
        answer.modified_response.status_code = 202
        answer.modified_response.headers["X-Seen"].values.append("yes")
        answer.modified_response.body = b"seen: " + question.response.body
    elif what == "reject_response":
        answer.action = REJECT
        answer.modified_response.status_code = 418
        answer.modified_response.body = b"no response"
    elif what == "hidden":
        answer.action = REJECT
    return answer


def to_bytes(answer):
    return answer if isinstance(answer, bytes) else answer.SerializeToString()


class Handler(grpc.GenericRpcHandler):
    methods = {
        "/transform.v1.TransformService/TransformRequest":
            grpc.unary_unary_rpc_method_handler(on_request, messages.TransformRequestRequest.FromString, to_bytes),
        "/transform.v1.TransformService/TransformResponse":
            grpc.unary_unary_rpc_method_handler(on_response, messages.TransformResponseRequest.FromString, to_bytes),
    }

    def service(self, details):
        return self.methods.get(details.method)


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("latin-1")
        headers = {}
        for name, value in self.headers.items():
            headers.setdefault(name, []).append(value)
        text = "x" * (17 << 20) if self.path.endswith("/large") else json.dumps({"path": self.path, "headers": headers, "body": body})
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer

    def log_message(self, *arguments):
        pass


class UpstreamServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # Hundreds connect at once.


def read(path):
    with open(path, "rb") as file:
        return file.read()


pair = [(read(KEY), read(CERTIFICATE))]
server = grpc.server(concurrent.futures.ThreadPoolExecutor(32), options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
server.add_generic_rpc_handlers((Handler(),))
ports = [
    server.add_insecure_port(f"127.0.0.1:{PORT}"),
    server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(pair)),
    server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(pair, read(CLIENT_CA), require_client_auth=True)),
]
server.start()

upstream = UpstreamServer(("127.0.0.1", 0), Upstream)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(CERTIFICATE, KEY)
upstream.socket = tls.wrap_socket(upstream.socket, server_side=True, do_handshake_on_connect=False)
print("ports", *ports, upstream.server_address[1], flush=True)
upstream.serve_forever()
