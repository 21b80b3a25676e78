// server.mjs KIND CERTIFICATE KEY: an MCP server over TLS, with HTTP/2 and HTTP/1.1. Says its port, and then each message that reaches it.
// everything: @modelcontextprotocol/server-everything, in a process of its own. stream, json: the official SDK, which answers in event streams, or in JSON.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import { createRequire } from 'node:module';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CreateMessageResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';

const [kind, certificate, key] = process.argv.slice(2);
const origin = kind === 'everything' ? await startEverything() : await startSdk(kind === 'json');

// What stands before it: ends TLS, and tells what it was sent.
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'http2-settings', 'upgrade']);
const door = http2.createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key), allowHTTP1: true }, async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  for (const message of body.length ? [JSON.parse(body)].flat() : []) {
    console.log('saw', request.httpVersion, message.method ?? 'answer', message.params?.name ?? message.params?.uri ?? '');
  }

  const packed = request.headers['x-packed'] !== undefined;
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !name.startsWith(':') && !hopByHop.has(name)));
  const forwarded = http.request({ port: origin, host: '127.0.0.1', path: request.url, method: request.method, headers }, async (answer) => {
    const answered = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !hopByHop.has(name)));
    if (packed) {
      const all = [];
      for await (const part of answer) all.push(part);
      delete answered['content-length'];
      response.writeHead(answer.statusCode, { ...answered, 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.concat(all)));
      return;
    }

    response.writeHead(answer.statusCode, answered);
    response.flushHeaders?.();
    answer.pipe(response);
  });
  forwarded.on('error', () => response.destroy());
  response.on('close', () => forwarded.destroy());
  forwarded.end(body);
});
door.listen(0, '127.0.0.1', () => console.log('port', door.address().port, origin));

async function startEverything() {
  const free = net.createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  free.close();
  await once(free, 'close');
  const program = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js');
  const child = spawn(process.execPath, [program, 'streamableHttp'], { env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'pipe'] });
  process.on('exit', () => child.kill());
  child.on('exit', (code) => process.exit(code ?? 1));
  child.stdout.resume();
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes('listening on port')) break;
  }

  child.stderr.resume();
  return port;
}

async function startSdk(enableJsonResponse) {
  const sessions = new Map();
  const server = http.createServer(async (request, response) => {
    const known = sessions.get(request.headers['mcp-session-id']);
    if (known) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      enableJsonResponse,
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => sessions.set(id, transport),
    });
    await createServer().connect(transport);
    await transport.handleRequest(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

function createServer() {
  const server = new McpServer({ name: 'tests', version: '1.0.0' }, { capabilities: { logging: {} } });
  const text = (value) => ({ content: [{ type: 'text', text: value }] });
  server.registerTool('test_simple_text', { description: 'A text' }, async () => text('This is a simple text response for testing.'));
  server.registerTool('test_error_handling', { description: 'An error' }, async () => { throw new Error('This tool intentionally returns an error for testing'); });
  server.registerTool('test_tool_with_logging', { description: 'Says what it does' }, async (extra) => {
    for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data } });
    }
    return text('done');
  });
  server.registerTool('test_tool_with_progress', { description: 'Says how far it is' }, async (extra) => {
    const progressToken = extra._meta?.progressToken ?? 0;
    for (const progress of [0, 50, 100]) {
      await extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
    }
    return text(String(progressToken));
  });
  server.registerTool('test_sampling', { description: 'Asks the client', inputSchema: { prompt: z.string() } }, async ({ prompt }, extra) => {
    const answer = await extra.sendRequest({ method: 'sampling/createMessage', params: { messages: [{ role: 'user', content: { type: 'text', text: prompt } }], maxTokens: 100 } }, CreateMessageResultSchema);
    return text(`LLM response: ${answer.content.text}`);
  });
  server.registerTool('delete_everything', { description: 'Nobody should see it', inputSchema: { sure: z.boolean().optional() } }, async () => text('gone'));
  server.registerTool('test_arguments', { description: 'Takes what it is given', inputSchema: { owner: z.string(), labels: z.array(z.string()) } }, async ({ owner, labels }) => text(`${owner} ${labels}`));
  server.registerPrompt('test_simple_prompt', { description: 'A prompt' }, async () => ({ messages: [{ role: 'user', content: { type: 'text', text: 'This is a simple prompt for testing.' } }] }));
  server.registerPrompt('hidden_prompt', { description: 'Nobody should see it' }, async () => ({ messages: [] }));
  server.registerResource('static-text', 'test://static-text', { mimeType: 'text/plain' }, async (uri) => ({ contents: [{ uri: uri.href, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }] }));
  server.registerResource('hidden', 'test://hidden', {}, async (uri) => ({ contents: [{ uri: uri.href, text: 'hidden' }] }));
  return server;
}
