// client.mjs PROXY URL SCRIPT: the official client SDK through a proxy. Each step of the script, in JSON, is a line of the output.
import { ProxyAgent, setGlobalDispatcher } from 'undici';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const [proxy, url, script] = process.argv.slice(2);
setGlobalDispatcher(new ProxyAgent(proxy));
const headers = url.includes('packed') ? { 'X-Packed': '1' } : {};
const client = new Client({ name: 'tests', version: '1.0.0' }, { capabilities: { sampling: {} } });
client.setRequestHandler(CreateMessageRequestSchema, async () => ({ role: 'assistant', model: 'none', content: { type: 'text', text: 'sampled' } }));
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
await client.connect(transport);
for (const [step, ...parameters] of JSON.parse(script)) {
  try {
    console.log(step, await run(step, parameters));
  } catch (error) {
    console.log(step, 'error', error.code, error.message);
  }
}

await transport.terminateSession();
await client.close();
process.exit(0); // Connections that are kept would hold it.

async function run(step, [name, args]) {
  switch (step) {
    case 'tools': return (await client.listTools()).tools.map((t) => t.name).sort().join(' ');
    case 'prompts': return (await client.listPrompts()).prompts.map((p) => p.name).sort().join(' ');
    case 'resources': return (await client.listResources()).resources.map((r) => r.uri).sort().join(' ');
    case 'call': return (await client.callTool({ name, arguments: args })).content.map((c) => c.text ?? c.type).join('|');
    case 'prompt': return (await client.getPrompt({ name })).messages.length;
    case 'read': return (await client.readResource({ uri: name })).contents.length;
    case 'progress': {
      const seen = [];
      await client.callTool({ name, arguments: args }, undefined, { onprogress: (p) => seen.push(p.progress) });
      return seen.join(',');
    }
  }
}
