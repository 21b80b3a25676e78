// operations.mjs PROXY URL: clients of GraphQL (graphql-request and Apollo Client, with persisted queries) through a proxy. Each operation is a line of the output.
import { createHash } from 'node:crypto';
import { ProxyAgent, setGlobalDispatcher } from 'undici';
import { ApolloClient, ApolloLink, gql as parsed, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { gql, GraphQLClient } from 'graphql-request';

const [proxy, url] = process.argv.slice(2);
setGlobalDispatcher(new ProxyAgent(proxy));
const posting = new GraphQLClient(url);
const getting = new GraphQLClient(url, { method: 'GET', jsonSerializer: JSON });
const persisted = new PersistedQueryLink({ sha256: (text) => createHash('sha256').update(text).digest('hex') });
const apollo = new ApolloClient({ link: ApolloLink.from([persisted, new HttpLink({ uri: url })]), cache: new InMemoryCache() });

const issues = gql`query Issues($owner: String!, $name: String!) { r: repository(owner: $owner, name: $name) { ...Parts } } fragment Parts on Repository { name issues(first: 3) { title } }`;
const secrets = gql`query ($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { secrets } }`;
const create = gql`mutation ($input: IssueInput!) { createIssue(input: $input) { title } }`;
await say('issues', () => posting.request(issues, { owner: 'example', name: 'docs' }));
await say('issues of others', () => posting.request(issues, { owner: 'third', name: 'docs' }));
await say('secrets', () => posting.request(secrets, { owner: 'example', name: 'docs' }));
await say('create', () => posting.request(create, { input: { repo: 'docs', title: 'new' } }));
await say('create elsewhere', () => posting.request(create, { input: { repo: 'payroll', title: 'new' } }));
await say('delete', () => posting.request(gql`mutation { viewer: deleteRepository(name: "docs") }`));
await say('schema', () => posting.request(gql`{ __schema { queryType { name } } }`));
await say('get', () => getting.request(issues, { owner: 'example', name: 'docs' }));
await say('get denied', () => getting.request(gql`{ users { email } }`));
await say('apollo', async () => (await apollo.query({ query: parsed(issues), variables: { owner: 'example', name: 'docs' } })).data);
await say('apollo denied', async () => (await apollo.query({ query: parsed`{ users { email } }` })).data);
process.exit(0);

async function say(what, run) {
  try {
    console.log(what, JSON.stringify(await run()).replaceAll('"', ''));
  } catch (error) {
    console.log(what, 'error', (error.response?.errors ?? error.errors ?? [error]).map((e) => e.message).join());
  }
}
