// Holds a report (`--json`) against what README.md says of it: each field that has to be there, of its type; none that is not
// named there; the goals of its scenario, each as it must be judged. Usage: node bench/fields.mjs FILE SCENARIO
import { readFileSync } from 'node:fs'

const [file, scenario] = process.argv.slice(2)
const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
const report = JSON.parse(readFileSync(file, 'utf8'))
const wrong = []
const expect = (held, what) => held || wrong.push(what)

const named = new Set([...readme.matchAll(/`([a-z0-9_]+)`/g)].map(([, name]) => name))
// What the names in these objects are, a scenario says: options, codes, what was counted.
const open = new Set(['settings', 'rates', 'counts', 'checks', 'peers'])

function walk(value, path, key) {
  expect(value !== null, `${path} is null`)
  if (Array.isArray(value)) for (const [index, inner] of value.entries()) walk(inner, `${path}[${index}]`)
  else if (typeof value === 'object' && value !== null && !open.has(key)) {
    for (const [name, inner] of Object.entries(value)) {
      const free = key === 'latency' || key === 'figures'
      expect(free || named.has(name), `${path}.${name} is not in README.md`)
      walk(inner, `${path}.${name}`, free ? '' : name)
    }
  } else if (typeof value === 'number') expect(Number.isFinite(value), `${path} is no number`)
}

const is = {
  text: value => typeof value === 'string' && value !== '',
  number: value => typeof value === 'number',
  boolean: value => typeof value === 'boolean',
  list: Array.isArray,
  object: value => typeof value === 'object' && value !== null && !Array.isArray(value),
}

function has(object, path, fields) {
  for (const [type, names] of Object.entries(fields)) {
    for (const name of names) expect(is[type](object[name]), `${path}.${name} is no ${type}`)
  }
}

walk(report, 'report')
has(report, 'report', {
  text: ['schema', 'scenario', 'title'],
  number: ['at_ms'],
  boolean: ['holds'],
  list: ['failures', 'goals', 'phases'],
  object: ['settings', 'machine', 'versions'],
})
expect(report.schema === readme.match(/`(chatdesk-bench\/\d+)`/)[1], `schema is ${report.schema}`)
expect(report.scenario === scenario, `scenario is ${report.scenario}`)
expect(report.holds && report.failures.length === 0, `failed: ${report.failures.join('; ')}`)
expect(Date.now() - report.at_ms < 600_000, 'at_ms is not when it ended')
has(report.machine, 'machine', { text: ['kernel'], number: ['cores'] })
has(report.versions, 'versions', { text: ['bench', 'protocol', 'build'] })

expect(report.phases.length > 0, 'no phases')
report.phases.forEach((phase, index) => {
  const path = `phases[${index}]`
  has(phase, path, { text: ['name'], number: ['measured_s'] })
  for (const [name, took] of Object.entries(phase.latency ?? {})) {
    const quantiles = ['p50_ms', 'p90_ms', 'p99_ms', 'p999_ms', 'max_ms']
    has(took, `${path}.latency.${name}`, { number: ['count', 'mean_ms', ...quantiles], list: ['curve'] })
    const values = quantiles.map(quantile => took[quantile])
    expect(
      values.every((value, place) => place === 0 || value >= values[place - 1]),
      `${path}.latency.${name} does not grow`,
    )
  }
  for (const [place, counts] of Object.entries(phase.checks ?? {})) {
    for (const [what, count] of Object.entries(counts))
      expect(count === 0, `${path}: ${place}: ${count} ${what}`)
  }
  for (const process of phase.processes ?? []) {
    has(process, `${path}.processes`, {
      text: ['role', 'name'],
      number: ['cores', 'rss_kib', 'rss_peak_kib'],
    })
  }
})

// The rows of the README's table of goals: `name` | scenarios | …
const rows = [...readme.matchAll(/^\| `([a-z0-9_]+)` \| ((?:`[a-z]+`(?:, )?)+) \|/gm)]
const wanted = rows.filter(([, , scenarios]) => scenarios.includes(`\`${scenario}\``)).map(([, name]) => name)
const told = report.goals.map(goal => goal.name)
for (const goal of report.goals) {
  has(goal, goal.name, {
    text: ['name', 'row', 'unit'],
    number: goal.value === undefined ? ['goal'] : ['goal', 'value'],
    boolean: ['at_most', 'holds'],
  })
  const reached = goal.at_most ? goal.value <= goal.goal : goal.value >= goal.goal
  const holds = reached && goal.differs === undefined
  expect(goal.holds === holds, `${goal.name} is judged wrongly`)
  expect(wanted.includes(goal.name), `README.md does not say that ${scenario} tells of ${goal.name}`)
}
// The writer's and the peers' depend on what was run, and a rate that was not searched for is not told.
if (!['writer', 'peers'].includes(scenario)) {
  for (const name of wanted) {
    const searched =
      !['chat_rate', 'chat_gateway_cpu_us'].includes(name) ||
      report.phases.some(phase => phase.name === 'capacity')
    expect(!searched || told.includes(name), `the goal ${name} is missing`)
  }
}

for (const what of wrong) console.error(`${file}: ${what}`)
if (wrong.length === 0) console.log(`${scenario}: as README.md says, goals: ${told.join(', ') || 'none'}`)
process.exit(wrong.length === 0 ? 0 : 1)
