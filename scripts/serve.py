#!/usr/bin/env python3
"""A server for the built page, on this machine only, that behaves as a careful static host would.

    scripts/serve.py [FOLDER] [--port 8080] [--base /sub/path/]

Port 0 takes any free one. Prints one line with the address, once the page really answers. Nothing is cached, so
that a reload always shows the newest build. Every answer carries POLICY, the strictest content security policy under
which the page works: a host may set the same one, or a wider one, or none.
"""

import argparse
import functools
import http.server
import pathlib
import sys
import threading
import urllib.parse
import urllib.request


# Everything from the site itself; WebAssembly may be compiled, which browsers count as evaluating code.
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'"


class Handler(http.server.SimpleHTTPRequestHandler):
    """A static file handler that knows wasm, forbids caching and can pretend to live below a sub-path."""

    protocol_version = "HTTP/1.1"
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".svg": "image/svg+xml",
        ".html": "text/html; charset=utf-8", ".css": "text/css", ".json": "application/json",
        ".webmanifest": "application/manifest+json", ".toml": "text/plain",
    }
    base = "/"

    def translate_path(self, path):
        path = urllib.parse.urlsplit(path).path
        if not path.startswith(self.base):
            return str(pathlib.Path(self.directory) / "outside-of-the-base-path")
        return super().translate_path("/" + path[len(self.base):])

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_request(self, code="-", size="-"):
        if not str(code).startswith(("2", "3")) and self.path != "/favicon.ico":
            super().log_request(code, size)


class Server(http.server.ThreadingHTTPServer):
    """Quiet about browsers that hang up early."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (BrokenPipeError, ConnectionResetError)):
            super().handle_error(request, client_address)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description="Serve the built page on 127.0.0.1.")
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=root / "dist")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--base", default="/", help="sub-path to serve below, such as /lab/")
    arguments = parser.parse_args()
    if not (arguments.folder / "index.html").is_file():
        sys.exit(f"augsphere: FAILED: there is no page in {arguments.folder}. Build it first: make build")
    if not 0 <= arguments.port <= 65535:
        sys.exit(f"augsphere: FAILED: {arguments.port} is not a port; use 0 to 65535, for example: make run PORT=8081")

    Handler.base = "/" + arguments.base.strip("/") + "/" if arguments.base.strip("/") else "/"
    handler = functools.partial(Handler, directory=str(arguments.folder.resolve()))
    try:
        server = Server(("127.0.0.1", arguments.port), handler)
    except OSError as error:
        sys.exit(f"augsphere: FAILED: port {arguments.port} cannot be used ({error.strerror}).\n"
                 "           Stop what is using it, or take another one:  make run PORT=8081")
    address = f"http://127.0.0.1:{server.server_port}{Handler.base}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # Straight to this machine, whatever proxy the environment names.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(address, timeout=10) as answer:
        answer.read()
    print(f"augsphere: the page is at {address}   (Ctrl-C stops the server)", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print("\naugsphere: stopped", flush=True)
        server.shutdown()


if __name__ == "__main__":
    main()
