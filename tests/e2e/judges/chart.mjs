// Renders a Helm chart: node chart.mjs CHART NAMESPACE [VALUES], where VALUES is JSON that is laid over values.yaml.
//
// There is no Helm here. Its templates are Go's, and Go's own engine renders them, without any of the functions that Helm adds: a
// template that calls one fails, and so does one that asks for a value that is not there. Prints the documents, or what is wrong.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse as render } from '@evertdespiegeleer/go-template'
import { parse as parseYaml } from 'yaml'

const [chart, namespace, overlay = '{}'] = process.argv.slice(2)

const isMap = value => typeof value === 'object' && value !== null && !Array.isArray(value)
const lay = (below, above) => isMap(below) && isMap(above)
  ? Object.fromEntries([...new Set([...Object.keys(below), ...Object.keys(above)])].map(k => [k, k in above ? lay(below[k], above[k]) : below[k]]))
  : above

try {
  const about = parseYaml(readFileSync(join(chart, 'Chart.yaml'), 'utf8'))
  const values = lay(parseYaml(readFileSync(join(chart, 'values.yaml'), 'utf8')), JSON.parse(overlay))
  const release = { Name: about.name, Namespace: namespace, Service: 'Helm', IsInstall: true, IsUpgrade: false, Revision: 1 }
  const documents = []
  for (const file of readdirSync(join(chart, 'templates')).sort()) {
    try {
      documents.push(await render(readFileSync(join(chart, 'templates', file), 'utf8'), { Values: values, Release: release, Chart: about }))
    } catch (e) {
      throw new Error(`${file}: ${e.message}`)
    }
  }
  console.log(documents.filter(d => d.trim()).map(d => d.trim()).join('\n---\n'))
  process.exit(0)
} catch (e) {
  console.log(`fault: ${e.message}`)
  process.exit(1)
}
