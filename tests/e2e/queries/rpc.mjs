// rpc.mjs PROXY URL: a client of Ethereum (viem) through a proxy. Each call is a line of the output.
import { ProxyAgent, setGlobalDispatcher } from 'undici';
import { createPublicClient, http } from 'viem';

const [proxy, url] = process.argv.slice(2);
setGlobalDispatcher(new ProxyAgent(proxy));
const listed = '0x6b175474e89094c44da98b954eedeac495271d0f';
const client = createPublicClient({ transport: http(url, { retryCount: 0 }), cacheTime: 0 });
const batching = createPublicClient({ transport: http(url, { retryCount: 0, batch: true }), cacheTime: 0 });
await say('chain', () => client.getChainId());
await say('block', () => client.getBlockNumber());
await say('call', async () => (await client.call({ to: listed, data: '0x70a08231' })).data.at(-1));
await say('call elsewhere', () => client.call({ to: listed.replace('0x6b', '0x6c') }));
await say('send', () => client.sendRawTransaction({ serializedTransaction: '0x02f8' }));
await say('batch', () => Promise.all([batching.getChainId(), batching.getBlockNumber()]));
await say('denied batch', () => Promise.allSettled([batching.getChainId(), batching.getBalance({ address: listed })]).then((all) => all.map((a) => a.reason?.details ?? a.value)));
process.exit(0);

async function say(what, call) {
  try {
    console.log(what, String(await call()));
  } catch (error) {
    console.log(what, 'error', error.walk?.((e) => e.code !== undefined)?.code ?? error.code, error.details);
  }
}
