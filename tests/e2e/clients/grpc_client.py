"""grpc_client.py CA TARGET: calls of every kind, through the proxy that the environment names. It prints what came of each."""
import queue
import sys

import grpc

with open(sys.argv[1], "rb") as file:
    credentials = grpc.ssl_channel_credentials(file.read())

with grpc.secure_channel(sys.argv[2], credentials) as channel:
    answer, call = channel.unary_unary("/example.Bytes/Unary").with_call(b"x" * 1000000 + b"y", timeout=60)
    print("unary", len(answer), answer[:1].decode(), dict(call.trailing_metadata())["sum"])

    print("many", [part.decode() for part in channel.unary_stream("/example.Bytes/Many")(b"one two three", timeout=60)])
    print("collect", channel.stream_unary("/example.Bytes/Collect")(iter([b"a", b"b", b"c"]), timeout=60).decode())

    # Each message is sent when the answer to the one before is there: both directions are open at once.
    outgoing = queue.Queue()
    answers = channel.stream_stream("/example.Bytes/Talk")(iter(outgoing.get, None), timeout=60)
    heard = []
    for word in (b"you", b"me"):
        outgoing.put(word)
        heard.append(next(answers).decode())
    outgoing.put(None)
    print("talk", heard, list(answers), answers.code().name)

    try:
        channel.unary_unary("/example.Bytes/Refuse")(b"", timeout=60)
    except grpc.RpcError as error:
        print("refuse", error.code().name, error.details(), dict(error.trailing_metadata())["why"])

    try:
        channel.unary_unary("/example.Denied/Call")(b"", timeout=60)
    except grpc.RpcError as error:
        print("denied", error.code().name)
