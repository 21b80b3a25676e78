// Judges Pulumi programs: node pulumi.mjs YAML-FOLDER TYPESCRIPT-FOLDER [YAML-FOLDER TYPESCRIPT-FOLDER]...
//
// The TypeScript of each pair is checked by tsc against the SDKs of the providers, then run by Pulumi's own SDK with a mocked
// engine. The YAML is evaluated here by the rules of its reference. Both must ask for the same resources with the same
// inputs and options, and give the same outputs. Prints a line for each fault; exit status 1 when there is one.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { parse } from 'yaml'

const self = fileURLToPath(import.meta.url)
const secretMark = '4dabf18193072939515e22adb298388d'

function judge(folders) {
  const faults = []
  if (folders.length === 0 || folders.length % 2 !== 0) {
    faults.push('pairs of folders are needed')
  }
  const pairs = []
  for (let i = 0; i + 1 < folders.length; i += 2) {
    pairs.push({ yaml: folders[i], typescript: folders[i + 1] })
  }

  // Inside of this folder, so that the modules are found.
  const work = mkdtempSync(join(dirname(self), 'node_modules', '.judged-'))
  try {
    pairs.forEach((pair, i) => {
      const folder = join(work, `p${i}`)
      mkdirSync(folder)
      for (const name of ['index.ts', 'package.json', 'tsconfig.json']) {
        writeFileSync(join(folder, name), readFileSync(join(pair.typescript, name)))
      }
      pair.work = folder
      pair.source = join(folder, 'index.ts')
      faults.push(...versions(pair))
    })
    faults.push(...typeFaults(pairs))
    for (const pair of pairs) {
      faults.push(...graphFaults(pair))
    }
  } finally {
    rmSync(work, { recursive: true })
  }

  for (const fault of faults) {
    console.log(fault)
  }
  process.exitCode = faults.length > 0 ? 1 : 0
}

// The SDKs that judge are those that the program asks for.
function versions(pair) {
  const wanted = JSON.parse(readFileSync(join(pair.work, 'package.json'), 'utf8'))
  const installed = JSON.parse(readFileSync(join(dirname(self), 'package.json'), 'utf8')).dependencies
  return Object.entries({ ...wanted.dependencies, ...wanted.devDependencies })
    .filter(([name, version]) => installed[name] !== version)
    .map(([name, version]) => `${pair.typescript}: asks for ${name} ${version}, and ${installed[name]} judges`)
}

function typeFaults(pairs) {
  if (pairs.length === 0) {
    return []
  }
  const { config } = ts.readConfigFile(join(pairs[0].work, 'tsconfig.json'), ts.sys.readFile)
  const { options, errors } = ts.convertCompilerOptionsFromJson(config.compilerOptions, pairs[0].work, join(pairs[0].work, 'tsconfig.json'))
  const program = ts.createProgram(pairs.map(p => p.source), options)
  return [...errors, ...ts.getPreEmitDiagnostics(program)].map(d => {
    const pair = pairs.find(p => p.source === d.file?.fileName)
    const line = d.file ? d.file.getLineAndCharacterOfPosition(d.start).line + 1 : 0
    return `${pair?.typescript ?? 'compiler'}/index.ts:${line}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`
  })
}

function graphFaults(pair) {
  const faults = []
  const program = parse(readFileSync(join(pair.yaml, 'Pulumi.yaml'), 'utf8'))
  const yaml = new Evaluation(program, pair.yaml)
  const fromYaml = yaml.graph()
  faults.push(...yaml.faults.map(f => `${pair.yaml}/Pulumi.yaml: ${f}`))

  const script = join(pair.work, 'index.cjs')
  writeFileSync(script, ts.transpileModule(readFileSync(pair.source, 'utf8'), { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: false } }).outputText)
  let text
  try {
    text = execFileSync(process.execPath, [self, '--run', script, program.name], {
      cwd: pair.typescript, encoding: 'utf8', timeout: 120_000, input: JSON.stringify(yaml.results), stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 28,
    })
  } catch (e) {
    return [...faults, `${pair.typescript}/index.ts: cannot be run: ${e.stderr || e.message}`]
  }

  const fromTypeScript = JSON.parse(text)
  for (const name of new Set([...Object.keys(fromYaml.resources), ...Object.keys(fromTypeScript.resources)])) {
    faults.push(...differences(fromYaml.resources[name], fromTypeScript.resources[name], name).map(d => `${pair.typescript}: ${d}`))
  }
  faults.push(...differences(fromYaml.outputs, fromTypeScript.outputs, 'outputs').map(d => `${pair.typescript}: ${d}`))
  return faults
}

// The SDKs make some inputs secret by themselves.
function differences(yaml, other, path) {
  if (isSecret(other)) {
    return differences(yaml, other[secretMark], path)
  }
  if (yaml === undefined || other === undefined || typeof yaml !== 'object' || typeof other !== 'object' || yaml === null || other === null || Array.isArray(yaml) !== Array.isArray(other)) {
    return yaml === other ? [] : [`${path} is ${JSON.stringify(other)}, and ${JSON.stringify(yaml)} in YAML`]
  }
  return [...new Set([...Object.keys(yaml), ...Object.keys(other)])].flatMap(key => differences(yaml[key], other[key], `${path}.${key}`))
}

function isSecret(value) {
  return typeof value === 'object' && value !== null && secretMark in value
}

function shortToken(token) {
  const [pkg, module, type] = token.split(':')
  const last = type[0].toLowerCase() + type.slice(1)
  return module.endsWith('/' + last) ? `${pkg}:${module.slice(0, -last.length - 1)}:${type}` : token
}

// Outputs that a provider would give: whatever the program asks for, by name.
class Evaluation {
  constructor(program, folder) {
    Object.assign(this, { program, folder, faults: [], results: {} })
    for (const part of Object.keys(program)) {
      if (!['name', 'description', 'runtime', 'resources', 'outputs'].includes(part)) {
        this.faults.push(`there is no section ${part}`)
      }
    }
  }

  graph() {
    const resources = {}
    for (const name of Object.keys(this.program.resources)) {
      const { type, properties, options, ...rest } = this.program.resources[name]
      this.unknown(rest, `resources.${name}`)
      const { version, dependsOn, retainOnDelete, ...otherOptions } = options ?? {}
      this.unknown(otherOptions, `resources.${name}.options`)
      resources[name] = {
        type: type === 'kubernetes:apiextensions.k8s.io:CustomResource' ? `kubernetes:${properties.apiVersion}:${properties.kind}` : shortToken(type),
        inputs: this.inputs(name),
        version,
        retainOnDelete: retainOnDelete ?? false,
        dependsOn: (dependsOn ?? []).map(d => /^\$\{([A-Za-z0-9]+)\}$/.exec(d)?.[1] ?? `not a resource: ${d}`).sort(),
      }
      for (const d of resources[name].dependsOn.filter(d => !(d in this.program.resources))) {
        this.faults.push(`resources.${name} depends on ${d}, which there is not`)
      }
    }
    return { resources, outputs: this.value(this.program.outputs ?? {}) }
  }

  unknown(rest, place) {
    this.faults.push(...Object.keys(rest).map(key => `${place} cannot have ${key}`))
  }

  inputs(name) {
    const { type, properties } = this.program.resources[name]
    const [pkg, module, kind] = type.split(':')
    const fixed = pkg === 'kubernetes' ? { apiVersion: module.replace(/^core\//, ''), kind } : {}
    return { ...fixed, ...this.value(properties ?? {}) }
  }

  value(node) {
    if (typeof node === 'string') {
      return this.text(node)
    }
    if (Array.isArray(node)) {
      return node.map(n => this.value(n))
    }
    if (typeof node === 'object' && node !== null) {
      const call = Object.keys(node).find(k => k.startsWith('fn::'))
      return call ? this.call(call, node[call], Object.keys(node)) : Object.fromEntries(Object.entries(node).map(([k, v]) => [k, this.value(v)]))
    }
    return node
  }

  call(name, argument, keys) {
    if (keys.length !== 1) {
      this.faults.push(`${name} does not stand alone`)
    }
    switch (name) {
      case 'fn::toJSON': return JSON.stringify(this.value(argument))
      case 'fn::toBase64': return Buffer.from(this.value(argument)).toString('base64')
      case 'fn::readFile': return readFileSync(join(this.folder, this.value(argument)), 'utf8')
      case 'fn::fileAsset': { readFileSync(join(this.folder, this.value(argument))); return { asset: this.value(argument) } }
      default: this.faults.push(`there is no ${name}`); return null
    }
  }

  // '${name.member}' is an expression, '$$' a dollar sign. A single one is kept by Pulumi; here it is a slip.
  text(text) {
    const whole = /^\$\{([^}]*)\}$/.exec(text)
    if (whole) {
      return this.reference(whole[1])
    }
    const parts = text.match(/\$\$|\$\{[^}]*\}|\$|[^$]+/g) ?? []
    const values = parts.map(part => {
      if (part === '$') {
        this.faults.push(`a single dollar sign in ${JSON.stringify(text)}`)
      }
      return part === '$$' ? '$' : part.startsWith('${') ? this.reference(part.slice(2, -1)) : part
    })
    return values.join('')
  }

  reference(expression) {
    const [name, ...path] = expression.split('.')
    if (!(name in this.program.resources)) {
      this.faults.push(`nothing is named ${name}`)
      return null
    }
    const value = path.reduce((v, key) => v?.[key], this.inputs(name)) ?? `${expression} of the provider`
    if (path.length !== 1) {
      this.faults.push(`${expression} is not one member of one thing`)
    }
    const results = this.results[name] ??= {}
    results[path[0]] = value
    return value
  }
}

// In a process of its own: runs a program and prints what it asked the engine for.
async function run(script, project, results) {
  const require = createRequire(script)
  const pulumi = require('@pulumi/pulumi')
  const resources = {}
  await pulumi.runtime.setMocks({
    newResource: a => {
      const known = results[a.name] ?? {}
      if (a.type !== 'pulumi:pulumi:Stack') {
        resources[a.name].inputs = a.inputs
        resources[a.name].type = shortToken(a.type)
      }
      return { id: known.id ?? `${a.name}.id of the provider`, state: { ...a.inputs, ...known } }
    },
    call: a => { throw new Error(`no program calls ${a.token}`) },
  }, project, 'judged', false)

  const outputs = {}
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ name, opts }) => {
      resources[name] = {
        version: opts.version,
        retainOnDelete: opts.retainOnDelete ?? false,
        dependsOn: [opts.dependsOn ?? []].flat().map(r => r.__name).sort(),
      }
      return undefined
    })
    Object.assign(outputs, require(script))
    return {}
  })
  await pulumi.runtime.waitForRPCs?.()
  const settled = {}
  for (const [name, output] of Object.entries(outputs)) {
    const value = await pulumi.output(output).promise()
    settled[name] = await pulumi.isSecret(pulumi.output(output)) ? { [secretMark]: value } : value
  }
  for (const resource of Object.values(resources)) {
    resource.inputs = await plain(resource.inputs)
  }
  process.stdout.write(JSON.stringify({ resources, outputs: settled }), () => process.exit(0))
}

async function plain(value) {
  if (Array.isArray(value)) {
    return Promise.all(value.map(plain))
  }
  if (typeof value !== 'object' || value === null) {
    return value
  }
  if (value.__pulumiAsset) {
    return { asset: await value.path }
  }
  if (secretMark in value) {
    return { [secretMark]: await plain(value.value) }
  }
  return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([k, v]) => [k, await plain(v)])))
}

if (process.argv[2] === '--run') {
  await run(process.argv[3], process.argv[4], JSON.parse(readFileSync(0, 'utf8')))
} else {
  judge(process.argv.slice(2).map(f => resolve(f)))
}
