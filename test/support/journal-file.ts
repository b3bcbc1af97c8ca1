import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'
import { foldEntry, type JournalEntry, newFold } from '../../src/events/index.ts'
import { checkOf, FIRST_CHECK, seal } from '../../src/session/journal/check-value.ts'
import { lineBody } from '../../src/session/journal/journal-line.ts'
import { progressionLines } from '../../src/session/projections/progression.ts'
import { NOTHING_WRITTEN, stateOf } from '../../src/session/projections/state.ts'
import { TELEMETRY_HEADER, telemetryLines } from '../../src/session/projections/telemetry-file.ts'

const PIECE_CHARACTERS = 1024 * 1024

/** The events of the journal of a session. */
export function journalEntries(directory: string): JournalEntry[] {
  const lines = readFileSync(join(directory, 'events.jsonl'), 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as JournalEntry)
}

/** Writes a journal anew, numbered and sealed as the writer does, so that nothing of it counts as damaged. */
export function writeJournal(directory: string, entries: Iterable<JournalEntry>): void {
  const file = new PieceFile(join(directory, 'events.jsonl'))
  let [seq, check] = [0, FIRST_CHECK]
  for (const { seq: _seq, time, elapsed, from_part, check: _check, ...event } of entries) {
    seq += 1
    const body = lineBody(event, {
      seq,
      time,
      ...(elapsed !== undefined && { elapsed }),
      ...(from_part !== undefined && { from_part }),
    })
    check = checkOf(body, check)
    file.add(`${body.toString()}${seal(check)}\n`)
  }
  file.close()
}

/** Writes everything that is made of the journal anew: results, state, log and telemetry. */
export function writeProjections(directory: string, entries: Iterable<JournalEntry>): void {
  const run = newFold(basename(directory))
  const files = new Map<string, PieceFile>()
  const fileOf = (name: string, head: string): PieceFile => {
    const known = files.get(name)
    if (known !== undefined) return known
    const added = new PieceFile(join(directory, name))
    added.add(head)
    files.set(name, added)
    return added
  }
  for (const domain of ['llm', 'vlm', 'stt', 'tts', 'sts']) {
    rmSync(join(directory, `${domain}.json`), { force: true })
  }
  for (const name of ['progression.log', 'telemetry.csv', 'state.json']) {
    rmSync(join(directory, name), { force: true })
  }
  const begun = new Set<string>()
  for (const entry of entries) {
    foldEntry(run, entry)
    fileOf('progression.log', '').add(progressionLines(entry).join(''))
    if (entry.type === 'sample') {
      fileOf('telemetry.csv', TELEMETRY_HEADER).add(telemetryLines(entry).join(''))
    }
    if (entry.type !== 'scenario_ended') continue
    const name = `${entry.domain}.json`
    fileOf(name, '[\n').add((begun.has(name) ? ',\n' : '') + JSON.stringify(entry.result))
    begun.add(name)
  }
  for (const [name, file] of files) {
    if (begun.has(name)) file.add('\n]\n')
    file.close()
  }
  if (run.begin === null) return
  const state = stateOf(run, NOTHING_WRITTEN)
  writeFileSync(join(directory, 'state.json'), `${JSON.stringify(state, null, 2)}\n`)
}

/** A file that is written in pieces. */
class PieceFile {
  readonly #file: number
  #pending: string[] = []
  #characters = 0

  constructor(path: string) {
    this.#file = openSync(path, 'w')
  }

  add(text: string): void {
    this.#pending.push(text)
    this.#characters += text.length
    if (this.#characters > PIECE_CHARACTERS) this.#write()
  }

  close(): void {
    this.#write()
    closeSync(this.#file)
  }

  #write(): void {
    writeSync(this.#file, this.#pending.join(''))
    this.#pending = []
    this.#characters = 0
  }
}
