// server.mjs CERTIFICATE KEY: over TLS, /rpc is a node of JSON-RPC (jayson) and /graphql an API (graphql-http, graphql). Says its port, and then what is called and resolved.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { buildSchema, defaultFieldResolver } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import jayson from 'jayson';

const [certificate, key] = process.argv.slice(2);
const methods = {
  eth_chainId: (_, done) => done(null, '0x1'),
  eth_blockNumber: (_, done) => done(null, '0x10'),
  eth_getBalance: (_, done) => done(null, '0xde0b6b3a7640000'),
  eth_call: (_, done) => done(null, '0x000000000000000000000000000000000000000000000000000000000000002a'),
  eth_sendRawTransaction: (_, done) => done(null, `0x${'ab'.repeat(32)}`),
};
const node = new jayson.Server(methods);

const schema = buildSchema(`
  type Query { viewer: User repository(owner: String!, name: String!): Repository users: [User] }
  type Mutation { createIssue(input: IssueInput!): Issue deleteRepository(name: String!): Boolean }
  input IssueInput { repo: String! title: String! }
  type User { login: String email: String }
  type Repository { name: String secrets: [String] issues(first: Int): [Issue] }
  type Issue { title: String author: User }
`);
const user = { login: 'me', email: 'me@example.com' };
const issue = { title: 'crash', author: user };
const rootValue = {
  viewer: user, users: [user],
  repository: ({ name }) => ({ name, secrets: ['hidden'], issues: [issue] }),
  createIssue: ({ input }) => ({ ...issue, title: input.title }),
  deleteRepository: () => true,
};
for (const type of [schema.getQueryType(), schema.getMutationType()]) {
  for (const field of Object.values(type.getFields())) {
    field.resolve = (source, args, context, info) => {
      console.log('saw', info.operation.operation, info.fieldName);
      return defaultFieldResolver(source, args, context, info);
    };
  }
}

const graphql = createHandler({ schema, rootValue });
https.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, async (request, response) => {
  if (request.url.startsWith('/graphql')) return graphql(request, response);
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts).toString();
  for (const call of [JSON.parse(body)].flat()) console.log('saw', 'call', call.method);
  node.call(body, (error, answer) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(error ?? answer));
  });
}).listen(0, '127.0.0.1', function listening() { console.log('port', this.address().port); });
