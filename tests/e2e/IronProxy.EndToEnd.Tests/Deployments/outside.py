"""What lies beyond the proxy: a server that echoes requests, a DNS server that knows every name, and echoes of datagrams.

usage: outside.py ADDRESS CERTIFICATE KEY       the world
       outside.py ADDRESS PORT                  one service of the host, without TLS
"""
import http.server
import socket
import ssl
import sys
import threading

ADDRESS = sys.argv[1]


class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = (self.path + "\n" + str(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(port, context=None):
    server = http.server.ThreadingHTTPServer((ADDRESS, port), Echo)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


def answer(query):
    """One A record with the address of this server, or no record for any other type (RFC 1035, 4.1)."""
    end = 12
    while query[end] != 0:
        end += 1 + query[end]
    question = query[12:end + 5]
    is_address = question[-4:-2] == b"\x00\x01"
    record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + socket.inet_aton(ADDRESS)
    head = query[:2] + b"\x81\x80\x00\x01" + (b"\x00\x01" if is_address else b"\x00\x00") + b"\x00\x00\x00\x00"
    return head + question + (record if is_address else b"")


def datagrams(port, reply):
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind((ADDRESS, port))
    while True:
        data, client = listener.recvfrom(4096)
        try:
            listener.sendto(reply(data), client)
        except IndexError:
            listener.sendto(data, client)  # No DNS: a probe, which only wants to know that it arrived.


def main():
    if len(sys.argv) == 3:
        serve(int(sys.argv[2]))
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    tasks = [(datagrams, (53, answer)), (datagrams, (443, lambda data: data))]
    tasks += [(serve, (port,)) for port in (53, 80, 8443)] + [(serve, (443, context))]
    threads = [threading.Thread(target=task, args=arguments) for task, arguments in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
