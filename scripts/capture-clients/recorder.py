"""An HTTP proxy that answers as the storage and records each request.

Clients are pointed at http://s3.local:9000 and https://s3.example.com and reach both through it,
by proxy settings or by a socket opened to it. So requests are recorded exactly as they would go
on the wire: nothing has to be resolved, and nothing renamed afterwards.
"""

import http.server
import socket
import ssl
import threading

from answer import Answer
from storage import Storage


class Recorder:
    """The proxy, the storage behind it, and the recorded requests."""

    def __init__(self, certificate):
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate)
        self.storage, self.requests, self.note = Storage(), [], ""
        self.lock = threading.Lock()
        bound = type("Bound", (Exchange,), {"recorder": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), bound)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def begin(self):
        """Forgets everything, for the next client."""
        with self.lock:
            self.storage, self.requests, self.note = Storage(), [], ""

    def stop(self):
        """Closes the port."""
        self.server.shutdown()
        self.server.server_close()

    def write_down(self, method, url, headers):
        with self.lock:
            self.requests.append({"method": method, "url": url, "headers": headers, "note": self.note})


class Exchange(http.server.BaseHTTPRequestHandler):
    """One connection: plain, TLS from the first byte, or TLS after CONNECT."""

    protocol_version = "HTTP/1.1"
    recorder: Recorder
    encrypted = False

    def setup(self):
        if self.request.recv(1, socket.MSG_PEEK) == b"\x16":
            self.encrypt()
        super().setup()

    def encrypt(self):
        self.request = self.recorder.tls.wrap_socket(self.request, server_side=True)
        self.encrypted = True

    def log_message(self, *_):
        pass

    def do_CONNECT(self):
        self.send_response_only(200)
        self.end_headers()
        self.wfile.flush()
        self.encrypt()
        super().setup()
        self.close_connection = False

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass  # clients may hang up

    def finish(self):
        super().finish()
        if self.encrypted:
            self.request.close()

    def exchange(self):
        method, target, _ = self.requestline.split(" ", 2)
        headers = [[name, latin_to_utf8(value)] for name, value in self.headers.items()]
        body = self.read_body()
        if target == "/-/note":
            self.recorder.note = body.decode()
            return self.send(method, Answer(204))
        host = self.headers.get("host", "")
        scheme = "https" if self.encrypted else "http"
        url = f"{scheme}://{host}{target}" if target.startswith("/") else target
        self.recorder.write_down(method, url, headers)
        by_name = {name.lower(): value for name, value in headers}
        self.send(method, self.recorder.storage.answer(method, url, by_name, body))

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = exchange

    def read_body(self):
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            body = read_chunks(self.rfile)
        else:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
        payload = self.headers.get("x-amz-content-sha256", "")
        return unwrap_chunks(body) if payload.startswith("STREAMING-") else body

    def send(self, method, answer):
        self.send_response_only(answer.status)
        bodiless = answer.status == 204
        if not bodiless:
            self.send_header("content-length", str(len(answer.body)))
        self.send_header("x-amz-request-id", "0123456789ABCDEF")
        self.send_header("date", self.date_time_string())
        for name, value in answer.headers.items():
            self.send_header(name, value.encode("utf-8").decode("latin-1"))
        self.end_headers()
        if method != "HEAD" and not bodiless:
            self.wfile.write(answer.body)


def latin_to_utf8(value):
    """http.server reads header bytes as Latin-1; clients that send others send UTF-8."""
    return value.encode("latin-1").decode("utf-8", "replace")


def read_chunks(stream):
    """A body with `transfer-encoding: chunked`."""
    body = b""
    while size := int(stream.readline().split(b";")[0], 16):
        body += stream.read(size)
        stream.readline()
    while stream.readline().strip():
        pass
    return body


def unwrap_chunks(body):
    """The object inside an `aws-chunked` body."""
    content = b""
    while body:
        line, _, body = body.partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        if size == 0:
            break
        content, body = content + body[:size], body[size + 2:]
    return content
