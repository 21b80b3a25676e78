// Judges Kubernetes manifests: node kubernetes.mjs FILE...
//
// kubernetes-models checks types, required members and enumerations of each document; TypeScript checks, against the same
// models, that there is no member that Kubernetes does not know. Prints a line for each fault; exit status 1 when there is one.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { parseAllDocuments } from 'yaml'

const here = dirname(fileURLToPath(import.meta.url))
const faults = []
const typed = []

for (const file of process.argv.slice(2)) {
  for (const [index, parsed] of parseAllDocuments(readFileSync(file, 'utf8'), { strict: true, version: '1.1' }).entries()) {
    const name = `${file}[${index}]`
    faults.push(...parsed.errors.map(e => `${name}: ${e.message}`))
    const document = parsed.toJS()
    // The Prometheus operator's resources are none of Kubernetes' own.
    const module = `${document.apiVersion.startsWith('monitoring.coreos.com/') ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models'}/${document.apiVersion}`
    const models = await import(module).catch(() => ({}))
    const Model = models[document.kind]
    if (!Model) {
      faults.push(`${name}: there is no ${document.kind} in ${document.apiVersion}`)
      continue
    }
    try {
      new Model(document).validate()
    } catch (e) {
      faults.push(`${name}: ${e.message}`)
    }
    typed.push({ name, module, kind: document.kind, text: JSON.stringify(document, null, 1) })
  }
}

if (typed.length === 0) {
  faults.push('there was nothing to judge')
}

// Inside of this folder, so that the modules are found.
const folder = mkdtempSync(join(here, 'node_modules', '.judged-'))
try {
  const names = typed.map(({ module, kind, text }, i) => {
    const path = join(folder, `m${i}.ts`)
    writeFileSync(path, `import type { I${kind} } from '${module}'\nexport const document: I${kind} = ${text}\n`)
    return path
  })
  const program = ts.createProgram(names, { noEmit: true, strict: true, skipLibCheck: true, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [] })
  for (const d of ts.getPreEmitDiagnostics(program)) {
    const i = names.indexOf(d.file?.fileName)
    faults.push(`${typed[i]?.name ?? 'compiler'}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`)
  }
} finally {
  rmSync(folder, { recursive: true })
}

for (const fault of faults) {
  console.log(fault)
}
process.exitCode = faults.length > 0 ? 1 : 0
