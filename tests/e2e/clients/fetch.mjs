// fetch.mjs PROXY URL: Node's fetch through a proxy: an answer, and a megabyte that is sent and comes back while it is sent.
import { createRequire } from 'node:module';

const { ProxyAgent, fetch } = createRequire(new URL('../judges/', import.meta.url))('undici');
const [proxy, url] = process.argv.slice(2);
const dispatcher = new ProxyAgent(proxy);
const { method } = await (await fetch(`${url}/json`, { dispatcher })).json();

const part = 'x'.repeat(1024);
async function * parts() {
  for (let i = 0; i < 1024; i++) yield new TextEncoder().encode(part);
}

const echoed = await (await fetch(`${url}/echo`, { method: 'POST', body: parts(), duplex: 'half', dispatcher })).text();
console.log(method, echoed === part.repeat(1024));
await dispatcher.close();
