"""Two language models, asked as Anthropic's Messages API and OpenAI's Chat Completions API are documented. What neither API takes is refused with 400.

usage: language_models.py

Prints "port PORT". What a model does is the last segment of the path of the request that it is asked about. GET /asked has all that the models were sent,
GET /most how many questions were open at once at most, POST /mode/NAME makes all of them do NAME until POST /mode/none, and POST /release lets those go on that wait.
"""
import http.server
import json
import select
import threading
import urllib.parse

lock = threading.Lock()
released = threading.Condition(lock)
asked = []
state = {"open": 0, "most": 0, "mode": None, "releases": 0}


class Refused(Exception):
    pass


def require(holds, what):
    if not holds:
        raise Refused(what)


def read_anthropic(headers, body):
    """https://docs.anthropic.com/en/api/messages"""
    version = headers.get("anthropic-version")
    require(version in ("2023-06-01", "2026-10-21"), "anthropic-version")
    require(version == "2023-06-01" or "temperature" not in body, "a member that the version does not have")
    require(("x-api-key" in headers) != ("authorization" in headers), "one way to say who asks")
    require(not set(body) - {"model", "max_tokens", "messages", "system", "temperature", "stop_sequences", "stream", "metadata"}, "an unknown member")
    require(isinstance(body["model"], str) and isinstance(body["max_tokens"], int) and body["max_tokens"] > 0, "model and max_tokens")
    require([m["role"] for m in body["messages"]] == ["user"], "the roles")
    return headers.get("x-api-key") or headers["authorization"].removeprefix("Bearer "), body["system"], body["messages"][0]["content"]


def read_openai(headers, body):
    """https://platform.openai.com/docs/api-reference/chat/create"""
    require(headers.get("authorization", "").startswith("Bearer "), "authorization")
    require("x-api-key" not in headers, "two ways to say who asks")
    require(not set(body) - {"model", "max_completion_tokens", "messages", "temperature", "stop", "stream", "n"}, "an unknown member")
    require(isinstance(body["model"], str) and isinstance(body["max_completion_tokens"], int) and body["max_completion_tokens"] > 0, "model and max_completion_tokens")
    require([m["role"] for m in body["messages"]] == ["system", "user"], "the roles")
    return headers["authorization"].removeprefix("Bearer "), body["messages"][0]["content"], body["messages"][1]["content"]


def answer_anthropic(body, text):
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 1200, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 30},
    }


def answer_openai(body, text):
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text, "refusal": None}, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1200, "completion_tokens": 30, "total_tokens": 1230},
    }


def error_anthropic(kind):
    return {"type": "error", "error": {"type": kind, "message": "canary of an error"}}


def error_openai(kind):
    return {"error": {"message": "canary of an error", "type": kind, "param": None, "code": None}}


APIS = {"/v1/messages": (read_anthropic, answer_anthropic, error_anthropic), "/v1/chat/completions": (read_openai, answer_openai, error_openai)}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        with lock:
            self.answer(200, asked if self.path == "/asked" else state)

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("content-length", "0")))
        with lock:
            if self.path.startswith("/mode/"):
                state["mode"] = None if self.path == "/mode/none" else self.path.removeprefix("/mode/")
                return self.answer(200, {})
            if self.path == "/release":
                state["releases"] += 1
                released.notify_all()
                return self.answer(200, {})
        if self.path not in APIS:
            return self.answer(404, {})
        read, answer, error = APIS[self.path]
        try:
            body = json.loads(raw)
            key, instructions, matter = read({k.lower(): v for k, v in self.headers.items()}, body)
            envelope = json.loads(matter)
        except (Refused, ValueError, KeyError, TypeError, IndexError) as problem:
            return self.answer(400, error("invalid_request_error") | {"problem": repr(problem)})
        question = {"path": self.path, "raw": f"{self.requestline}\n{self.headers}{raw.decode()}", "key": key, "model": body["model"], "instructions": instructions, "envelope": envelope, "gone": False}
        with lock:
            asked.append(question)
            state["open"] += 1
            state["most"] = max(state["most"], state["open"])
        try:
            self.decide(state["mode"] or urllib.parse.urlsplit(envelope["url"]).path.rpartition("/")[2], body, question, answer, error)
        finally:
            with lock:
                state["open"] -= 1

    def decide(self, what, body, question, answer, error):
        if what == "wait":
            self.wait(question)
            what = "allow"
        say = lambda text: self.answer(200, answer(body, text))
        decision = lambda decision, reason: say(json.dumps({"decision": decision, "reason": reason}))
        if what == "allow":
            decision("ALLOW", "it reads")
        elif what == "deny":
            decision("DENY", "it writes")
        elif what == "key":
            decision("DENY", f"your key is {question['key']}")
        elif what == "prose":
            say("I think that this is fine: ALLOW.")
        elif what == "maybe":
            decision("MAYBE", "who knows")
        elif what == "nothing":
            say("")
        elif what == "other":
            self.answer(200, {"hello": "canary"})
        elif what == "text":
            self.answer(200, "canary", raw=True)
        elif what == "moved":
            self.answer(307, {}, [("Location", f"http://127.0.0.1:{PORT}{question['path']}")])
        elif what == "break":
            self.close_connection = True
        else:
            self.answer(int(what), error("rate_limit_error" if what == "429" else "api_error"), [("Retry-After", "1")])

    def wait(self, question):
        """Until it is released, or whoever asked has gone."""
        with lock:
            before = state["releases"]
        while True:
            if select.select([self.connection], [], [], 0.05)[0] and not self.connection.recv(1):
                with lock:
                    question["gone"] = True
                raise ConnectionResetError
            with lock:
                if state["releases"] > before:
                    return

    def answer(self, status, content, headers=(), raw=False):
        text = (content if raw else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Handler)
PORT = server.server_address[1]
print(f"port {PORT}", flush=True)
server.serve_forever()
