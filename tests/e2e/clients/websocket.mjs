// websocket.mjs PROXY-HOST:PORT URL: the package ws through a tunnel: text, bytes, messages that are compressed, and a close.
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:tls';

const WebSocket = createRequire(new URL('../judges/', import.meta.url))('ws');
const [proxy, url] = process.argv.slice(2);
const target = new URL(url);

const tunnel = await new Promise((resolve, reject) => request({ host: proxy.split(':')[0], port: proxy.split(':')[1], method: 'CONNECT', path: target.host, headers: { Host: target.host } })
  .on('connect', (response, socket) => response.statusCode === 200 ? resolve(socket) : reject(new Error(`CONNECT is answered with ${response.statusCode}`)))
  .on('error', reject).end());
const socket = new WebSocket(url, { createConnection: () => connect({ socket: tunnel, servername: target.hostname }), perMessageDeflate: { threshold: 0 } });
const next = () => new Promise((resolve, reject) => socket.once('message', (data, isBinary) => resolve(isBinary ? data : data.toString())).once('error', reject));
await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));

socket.send('text');
const text = await next();
const bytes = Buffer.alloc(1 << 20, 7);
socket.send(bytes);
const same = (await next()).equals(bytes);
socket.close(4321, 'done');
const code = await new Promise(resolve => socket.once('close', resolve));
console.log(text, same, socket.extensions, code);
