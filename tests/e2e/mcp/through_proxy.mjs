// node --import: sends all that undici and fetch ask through the proxy that IRON_TEST_PROXY names.
import { ProxyAgent, setGlobalDispatcher } from 'undici';

setGlobalDispatcher(new ProxyAgent(process.env.IRON_TEST_PROXY));
