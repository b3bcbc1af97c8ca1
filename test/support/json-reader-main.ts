// Reads every results file of every session of some projects until its standard input ends.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readings } from './json-reader.ts'

const RESULTS = /^(?:llm|vlm|stt|tts|sts)\.json$/
const PAUSE_MS = 4

const roots = process.argv.slice(2)
const readings: Readings = { reads: 0, changes: 0, wrong: [] }
const known = new Map<string, { text: string; rows: number }>()

process.stdin.resume()
process.stdin.once('end', () => {
  clearInterval(timer)
  process.stdout.write(JSON.stringify(readings))
})
const timer = setInterval(lookAround, PAUSE_MS)

function lookAround(): void {
  for (const root of roots) {
    for (const logs of paths(root, /^logs/)) {
      for (const session of paths(logs, /^RUN_/)) {
        for (const path of paths(session, RESULTS)) look(path)
      }
    }
  }
}

function look(path: string): void {
  const text = textOf(path)
  if (text === null) return
  readings.reads += 1
  const before = known.get(path)
  if (before?.text === text) return
  readings.changes += 1
  const rows = rowsOf(text)
  if (rows === null) readings.wrong.push(`${path} is no array: ${text.slice(0, 80)}`)
  else if (rows < (before?.rows ?? 0)) readings.wrong.push(`${path} has lost results`)
  known.set(path, { text, rows: rows ?? 0 })
}

/** Null where it went while somebody looked around. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function rowsOf(text: string): number | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.length : null
  } catch {
    return null
  }
}

function paths(folder: string, pattern: RegExp): string[] {
  try {
    const names = readdirSync(folder).filter((name) => pattern.test(name))
    return names.map((name) => join(folder, name))
  } catch {
    return []
  }
}
