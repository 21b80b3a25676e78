// selections.mjs SCHEMA FILE: reads documents, a JSON list in a file, and says of each what graphql-js resolves when it runs all its operations: null for one that is not valid.
// selections.mjs values FILE: says of each literal in the file which value graphql-js reads in it, in a list; null for what is none.
import { readFileSync } from 'node:fs';
import { buildSchema, execute, Kind, parse, parseValue, validate, valueFromASTUntyped } from 'graphql';

const all = [];
if (process.argv[2] === 'values') {
  for (const literal of JSON.parse(readFileSync(process.argv[3], 'utf8'))) {
    try {
      all.push([valueFromASTUntyped(parseValue(literal))]);
    } catch {
      all.push(null);
    }
  }

  console.log(JSON.stringify(all));
  process.exit(0);
}

const schema = buildSchema(process.argv[2]);
for (const text of JSON.parse(readFileSync(process.argv[3], 'utf8'))) {
  let document;
  try {
    document = parse(text);
  } catch {
    all.push(null);
    continue;
  }

  if (validate(schema, document).length > 0) {
    all.push(null);
    continue;
  }

  const seen = new Set();
  for (const operation of document.definitions.filter((d) => d.kind === Kind.OPERATION_DEFINITION)) {
    const rootValue = { path: operation.operation, depth: 0 };
    const typeResolver = (value) => (value.path.length % 2 === 0 ? 'T' : 'V');
    const fieldResolver = (source, args, context, info) => {
      const path = `${source.path}.${info.fieldName}`;
      seen.add(path);
      const value = { path, depth: source.depth + 1 };
      const type = String(info.returnType);
      return type.startsWith('[') ? [value, value] : /^(String|Int)/.test(type) ? 1 : value;
    };
    execute({ schema, document, rootValue, operationName: operation.name?.value, variableValues: { yes: true, no: false }, fieldResolver, typeResolver });
  }

  all.push([...seen].sort());
}

console.log(JSON.stringify(all));
