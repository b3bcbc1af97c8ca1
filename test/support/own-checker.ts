/*
 * Whether a session lacks anything that was told, looked at by nothing of ours: bytes, Node's JSON and its CRC-32.
 * It must not import anything of `src`.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

/** What is asked of a session. */
export interface Claim {
  /** `NAME: STATUS` of every scenario that was shown as done. */
  told: readonly string[]
  /** Whoever completes a session has done so: nothing may be torn, open or left behind. */
  isOver: boolean
}

export interface OwnRow {
  id: string
  name: string
  status: string
  domain: string
  attachments?: { file?: string; path?: string }[]
}

interface OwnLine {
  type: string
  seq: number
  result?: OwnRow
}

export interface OwnJournal {
  lines: OwnLine[]
  rows: OwnRow[]
  problems: string[]
}

const DOMAINS = ['llm', 'vlm', 'stt', 'tts', 'sts']
const SEAL = /^,"check":"([0-9a-f]{8})"\}$/
const SEAL_BYTES = 20
/** Names that no file of a session has once its run is over. */
const LEFT_BEHIND = /\.tmp$|\.lock|\.takeover$|^\.log-notes$|^\.beginning-|\.new\.json$/

/** Scenario lines of what a run printed, or of its story. */
export function toldIn(text: string): string[] {
  return [...text.matchAll(/\] Scenario (.+: [A-Z]+)(?: \(.*)?$/gm)].map(([, line]) => line!)
}

/** Names of the sessions under a folder. */
export function ownSessions(logs: string): string[] {
  if (!existsSync(logs)) return []
  return readdirSync(logs).filter((name) => name.startsWith('RUN_'))
}

/** The journal of a session; a last line that is torn is no problem while its run is not over. */
export function ownJournal(directory: string, isOver: boolean): OwnJournal {
  const journal: OwnJournal = { lines: [], rows: [], problems: [] }
  const names = readdirSync(directory).filter((name) => /^events(\.\d+)?\.jsonl$/.test(name))
  const numberOf = (name: string): number => Number(/\d+/.exec(name)?.[0] ?? 1)
  for (const name of names.toSorted((a, b) => numberOf(a) - numberOf(b))) {
    readLines(name, readFileSync(join(directory, name)), isOver, journal)
  }
  const seqs = journal.lines.map(({ seq }) => seq)
  if (seqs.some((seq, index) => seq !== index + 1))
    journal.problems.push(`numbers ${seqs.join(' ')}`)
  return journal
}

function readLines(name: string, bytes: Buffer, isOver: boolean, journal: OwnJournal): void {
  let check = 0
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(0x0a, from)
    const line = bytes.subarray(from, end === -1 ? bytes.length : end)
    from += line.length + 1
    const stated = SEAL.exec(line.subarray(-SEAL_BYTES).toString('latin1'))?.[1]
    const found = stated === undefined ? NaN : crc32(line.subarray(0, -SEAL_BYTES), check)
    if (end === -1 || found !== parseInt(stated ?? '', 16)) {
      if (end !== -1 || isOver) journal.problems.push(`${name} has a torn or damaged line`)
      return
    }
    check = found
    const event = JSON.parse(line.toString()) as OwnLine
    journal.lines.push(event)
    if (event.type === 'scenario_ended' && event.result !== undefined) {
      journal.rows.push(event.result)
    }
  }
}

/** What is wrong with a session, as sentences; none where it is as it was told to be. */
export function problemsOf(directory: string, { told, isOver }: Claim): string[] {
  const { lines, rows, problems } = ownJournal(directory, isOver)
  const shown = rows.map(({ name, status }) => `${name}: ${status}`)
  problems.push(...lacking(shown, told).map((line) => `${line} was told, the journal lacks it`))
  const names = readdirSync(directory)
  for (const domain of DOMAINS) {
    const own = rows.filter((row) => row.domain === domain)
    const path = join(directory, `${domain}.json`)
    if (!existsSync(path)) {
      if (isOver && own.length > 0) problems.push(`there is no ${domain}.json`)
      continue
    }
    const there = ownArray(path)
    if (there === null) problems.push(`${domain}.json is no array`)
    else problems.push(...unlike(domain, there, own, isOver))
  }
  problems.push(...notJson(directory, 'state.json', isOver))
  if (!isOver) return problems
  const all = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  const left = all.filter((name) => LEFT_BEHIND.test(name))
  if (left.length > 0) problems.push(`left behind: ${left.join(', ')}`)
  if (lines.at(-1)?.type !== 'run_ended') problems.push(`it ends with ${lines.at(-1)?.type}`)
  const story = names.includes('progression.log')
    ? readFileSync(join(directory, 'progression.log'), 'utf8')
    : ''
  const inStory = toldIn(story)
  problems.push(...lacking(inStory, shown).map((line) => `progression.log lacks ${line}`))
  if (!/Finished Test Run: .*\n/.test(story)) problems.push('progression.log has no end')
  const kept = rows.flatMap(({ attachments = [] }) => attachments)
  for (const one of kept) {
    const file = one.file ?? one.path ?? ''
    if (!existsSync(join(directory, file))) problems.push(`${file} is named and not there`)
  }
  return problems
}

/** What is left of finished sessions beside them: links on their way, empty folders. */
export function leftBeside(logs: string, runtime: string): string[] {
  const names = existsSync(logs) ? readdirSync(logs) : []
  const odd = names.filter((name) => !/^RUN_\d{8}_\d{6}(_\d+)?$|^latest$/.test(name))
  const empty = ownSessions(logs).filter((name) => {
    const path = join(logs, name)
    return lstatSync(path).isDirectory() && !existsSync(join(path, 'events.jsonl'))
  })
  const machine = existsSync(runtime)
    ? readdirSync(runtime, { recursive: true, encoding: 'utf8' })
    : []
  const locks = machine.filter((name) => name.includes('.lock'))
  return [...odd, ...empty.map((name) => `${name} without a journal`), ...locks]
}

/** Processes that carry a session below `root`, or work there: pid and command of each. */
export function ownProcessesLeft(root: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return []
    try {
      const isIn = readlinkSync(`/proc/${pid}/cwd`) === root
      const tag = `JARVIS_SESSION=${root}/`
      const isOf = readFileSync(`/proc/${pid}/environ`, 'latin1').includes(tag)
      const isZombie = / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').slice(0, 60))
      if (isZombie || (!isIn && !isOf)) return []
      return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`]
    } catch {
      return []
    }
  })
}

function lacking(there: readonly string[], wanted: readonly string[]): string[] {
  const rest = [...there]
  return wanted.filter((one) => {
    const index = rest.indexOf(one)
    if (index !== -1) rest.splice(index, 1)
    return index === -1
  })
}

function ownArray(path: string): OwnRow[] | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return Array.isArray(value) ? (value as OwnRow[]) : null
  } catch {
    return null
  }
}

/** While the run goes on its rows may be fewer than those of the journal, never others. */
function unlike(domain: string, there: OwnRow[], own: OwnRow[], isOver: boolean): string[] {
  const wanted = isOver ? own : own.slice(0, there.length)
  if (JSON.stringify(there) === JSON.stringify(wanted)) return []
  return [`${domain}.json has ${there.length} rows, the journal ${own.length}, or others`]
}

function notJson(directory: string, name: string, isOver: boolean): string[] {
  const path = join(directory, name)
  if (!existsSync(path)) return isOver ? [`there is no ${name}`] : []
  try {
    const { status } = JSON.parse(readFileSync(path, 'utf8')) as { status?: string }
    return isOver && status === 'running' ? [`${name} says that it runs`] : []
  } catch {
    return [`${name} is no JSON`]
  }
}
