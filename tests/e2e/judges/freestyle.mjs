// Judges the scripts for Freestyle: node freestyle.mjs FOLDER...
//
// Each folder is checked by tsc against the types of the very SDK that its package.json asks for. Prints a line for each fault; exit
// status 1 when there is one.
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const modules = join(dirname(fileURLToPath(import.meta.url)), 'node_modules')
const versionOf = (name) => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version

function judge(folder, work) {
  const wanted = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies.freestyle
  const sdk = ['freestyle', 'freestyle-old'].find((name) => versionOf(name) === wanted)
  if (!sdk) {
    return [`${folder}: asks for freestyle ${wanted}, which does not judge`]
  }

  mkdirSync(join(work, 'node_modules', '@types'), { recursive: true })
  symlinkSync(join(modules, sdk), join(work, 'node_modules', 'freestyle'))
  symlinkSync(join(modules, '@types', 'node'), join(work, 'node_modules', '@types', 'node'))
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.mjs'))
  for (const name of [...scripts, 'package.json']) {
    writeFileSync(join(work, name), readFileSync(join(folder, name)))
  }

  const program = ts.createProgram(scripts.map((name) => join(work, name)), {
    allowJs: true,
    checkJs: true,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    typeRoots: [join(work, 'node_modules', '@types')],
  })
  // A package that is not found has no types, and then everything would pass.
  const types = program.getSourceFiles().some((file) => file.fileName.includes(`/node_modules/${sdk}/`))
  return [
    ...(types ? [] : [`${folder}: the types of ${sdk} were not read`]),
    ...ts.getPreEmitDiagnostics(program).map((fault) => {
      const place = fault.file ? `${fault.file.fileName.replace(work, folder)}:${fault.file.getLineAndCharacterOfPosition(fault.start).line + 1}: ` : ''
      return place + ts.flattenDiagnosticMessageText(fault.messageText, ' ')
    }),
  ]
}

const faults = process.argv.slice(2).flatMap((folder) => {
  const work = mkdtempSync(join(modules, '.judged-'))
  try {
    return judge(folder, work)
  } finally {
    rmSync(work, { recursive: true })
  }
})
for (const fault of faults) {
  console.log(fault)
}
process.exitCode = faults.length > 0 ? 1 : 0
