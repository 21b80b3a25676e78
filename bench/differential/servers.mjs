// What Node's parser understands: of what the proxy sends to it directly, and of what nginx hands on. A line of JSON each.
import fs from "node:fs";
import http from "node:http";

const out = fs.openSync(process.argv[2], "a");

function note(server, request, body, complete) {
  fs.writeSync(out, JSON.stringify({
    server, method: request.method, target: request.url, headers: request.rawHeaders, trailers: request.rawTrailers,
    body: Buffer.concat(body).toString("base64"), complete,
  }) + "\n");
}

function start(name) {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const body = [];
    request.on("data", (piece) => body.push(piece));
    request.on("end", () => {
      note(name, request, body, true);
      response.end("ok\n");
    });
    request.on("error", () => note(name, request, body, false));
  });
  for (const event of ["connect", "upgrade"]) {
    server.on(event, (request, socket) => {
      note(name, request, [], true);
      socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
  }
  server.on("clientError", (error, socket) => {
    if (error.code !== "ECONNRESET") {
      fs.writeSync(out, JSON.stringify({ server: name, refused: error.code, bytes: error.rawPacket?.toString("latin1").slice(0, 400) }) + "\n");
    }
    socket.destroy();
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
}

console.log(JSON.stringify({ node: await start("node"), behind_nginx: await start("behind_nginx") }));
process.stdin.on("end", () => process.exit(0)).resume(); // Ends with whoever started it.
