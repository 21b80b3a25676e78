// A web site as clients meet it: answers, streams both ways, events, a WebSocket, and repositories for git.
// site.mjs CERTIFICATE KEY REPOSITORIES; prints its port, and then what is reported to it.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';

const { WebSocketServer } = createRequire(new URL('../judges/', import.meta.url))('ws');
const [certificate, key, repositories] = process.argv.slice(2);

const page = `<!doctype html><title>page</title><script>
const socket = new WebSocket('wss://' + location.host + '/chat');
const heard = new Promise((resolve, reject) => { socket.onmessage = e => resolve(e.data); socket.onerror = reject; });
socket.onopen = () => socket.send('hello from the page');
const events = new EventSource('/events');
const told = new Promise((resolve, reject) => { events.onmessage = e => { events.close(); resolve(e.data); }; events.onerror = reject; });
Promise.all([heard, told, fetch('/json').then(r => r.json())])
  .then(([a, b, c]) => a + ', ' + b + ', ' + c.method, e => 'failed: ' + e)
  .then(text => fetch('/report', { method: 'POST', body: text }));
</script>`;

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  const path = new URL(request.url, 'https://site').pathname;
  if (path === '/page') {
    response.setHeader('Content-Type', 'text/html').end(page);
  } else if (path === '/json') {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ method: request.method, agent: request.headers['user-agent'] }));
  } else if (path === '/echo') {
    request.pipe(response);
  } else if (path === '/events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: an event\n\n');
  } else if (path === '/report') {
    let text = '';
    request.on('data', d => { text += d; }).on('end', () => { console.log(text); response.end(); });
  } else if (path.startsWith('/git/')) {
    git(request, response);
  } else {
    response.writeHead(404).end();
  }
});

// git's own server, by CGI (RFC 3875).
function git(request, response) {
  const url = new URL(request.url, 'https://site');
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: repositories,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname.slice('/git'.length),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: request.headers['git-protocol'] ?? '',
      REMOTE_USER: 'workload',
    },
  });
  request.pipe(backend.stdin);
  let head = Buffer.alloc(0);
  const onData = data => {
    head = Buffer.concat([head, data]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    backend.stdout.off('data', onData);
    for (const line of head.toString('latin1', 0, end).split('\r\n')) {
      const [name, value] = line.split(': ');
      if (name === 'Status') response.statusCode = parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  };
  backend.stdout.on('data', onData);
}

new WebSocketServer({ server, path: '/chat' }).on('connection', socket => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })));
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
