import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { fileURLToPath } from 'node:url'

const RESULTS = fileURLToPath(new URL('../results.md', import.meta.url))
const TITLE = '# Results\n\nWritten by the benches; see README.md for what they measure.\n'
const GB = 1_024 ** 3
/** What the machine was doing before the bench began; above a fraction of its cores the figures are noise. */
const LOAD = (loadavg()[0] ?? 0).toFixed(1)

/** Something measured, and what it must not exceed; null: told for information. */
export interface Measured {
  name: string
  value: number
  unit: string
  bound: number | null
  digits?: number
}

/**
 * Prints what was measured, writes it into its section of `results.md`, and fails the process where a
 * bound is exceeded.
 */
export function report(
  section: string,
  { seed, measured, notes = [] }: { seed: number | null; measured: Measured[]; notes?: string[] },
): void {
  const rows = measured.map(({ name, value, unit, bound, digits = 2 }) => [
    name,
    `${value.toFixed(digits)} ${unit}`.trim(),
    bound === null ? '–' : `≤ ${bound} ${unit}`.trim(),
    bound === null ? '–' : value <= bound ? 'PASS' : 'FAIL',
  ])
  const lines = table([['what', 'measured', 'bound', ''], ...rows])
  const seeds = seed === null ? '' : `, seed ${seed}`
  const text = [`## ${section}`, `${machine()}${seeds}`, lines.join('\n'), ...notes].join('\n\n')
  process.stdout.write(`${text}\n`)
  keep(section, text)
  if (rows.some((row) => row.at(-1) === 'FAIL')) process.exitCode = 1
}

function keep(section: string, text: string): void {
  const present = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : TITLE
  const [title = '', ...sections] = present.split(/^(?=## )/m)
  const others = sections.filter((each) => !each.startsWith(`## ${section}\n`))
  const all = [...others.map((each) => each.trim()), text].toSorted((a, b) => (a < b ? -1 : 1))
  writeFileSync(RESULTS, `${[title.trim(), ...all].join('\n\n')}\n`)
}

function machine(): string {
  const processors = cpus()
  const memory = `${(totalmem() / GB).toFixed(1)} GB`
  const system = `${type()} ${release()}`
  const model = processors[0]?.model.trim() ?? 'unknown processor'
  const date = new Date().toISOString().slice(0, 10)
  const node = `Node ${process.versions.node}`
  return `${date}, ${processors.length} × ${model}, ${memory}, ${system}, ${node}, load ${LOAD} before`
}

function table([head = [], ...rows]: string[][]): string[] {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)]
}
