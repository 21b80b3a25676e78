// fetch_once.mjs PROXY URL: Node's fetch through a proxy whose URL has a user name and a password.
import { createRequire } from 'node:module';

const { ProxyAgent, fetch } = createRequire(new URL('../judges/', import.meta.url))('undici');
const [proxy, url] = process.argv.slice(2);
const dispatcher = new ProxyAgent(proxy);
const response = await fetch(url, { dispatcher });
console.log(response.status, await response.text());
await dispatcher.close();
