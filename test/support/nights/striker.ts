import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JournalEntry } from '../../../src/events/index.ts'
import { BOX_B, noHosts, startOn } from '../hosts.ts'
import type { Project } from '../project.ts'
import type { Ended } from '../run.ts'
import { sessionNames } from '../session-files.ts'
import {
  INSIDE,
  type InsideKind,
  type NightPlan,
  type PlannedStroke,
  type StrokeKind,
} from './strokes.ts'

/** What fell on a run, with what is known of it from outside. */
export interface Struck {
  kind: StrokeKind
  /** The scenario or file that it fell on. */
  place?: { domain?: string; loadout?: string; stem: string; index?: number }
  /** Of the process that it ended. */
  pid?: number
  /** Which event of the journal was the last one before it. */
  seq?: number
  /** What another host was told. */
  output?: string
  code?: number | null
}

interface Now {
  domain: string
  loadout: string
  stem: string
  index: number
  pid: number
}

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const GUEST_PLAN = { JARVIS_PLAN: 'plans/guest.yaml' }
/** Services that end with a kill, and not with what else befalls them. */
const MORTAL = /^(?:first|second|kept|a|a_2|kept_2|voice|alto)$/
const STRANGER =
  "require('http').createServer((_, answer) => answer.end('ok')).listen(Number(process.argv[1]), '127.0.0.1')"
const ROWS_OF_A_LOADOUT = 25
const LINE_FEED = 10

/** Lets the strokes of a night fall when their moments come. */
export class Striker {
  readonly struck: Struck[] = []
  readonly spared: { pid: number; port: number }[] = []
  hasEndedLauncher = false
  readonly #project: Project
  readonly #plan: NightPlan
  readonly #child: ChildProcess
  readonly #waiting: PlannedStroke[]
  readonly #guests: Promise<void>[] = []
  #session: string | null = null
  readonly #entries: JournalEntry[] = []
  /** Bytes of the journal that were read. */
  #read = 0

  constructor(project: Project, plan: NightPlan, child: ChildProcess) {
    this.#project = project
    this.#plan = plan
    this.#child = child
    this.#waiting = [...plan.strokes]
    if (plan.form === 'head' || plan.form === 'full') this.struck.push({ kind: plan.form })
  }

  /** Name of the session. */
  get session(): string {
    return this.#session ?? ''
  }

  get hasRunEnded(): boolean {
    return this.#journal().at(-1)?.type === 'run_ended'
  }

  /** Looks how far the run is, and strikes what is due; to be called often. */
  look(): void {
    this.#session ??= sessionNames(join(this.#project.root, 'logs'))[0] ?? null
    this.#letStrangersIn()
    const [next] = this.#waiting
    if (next === undefined) return
    const entries = this.#journal()
    const rows = entries.filter(({ type }) => type === 'scenario_ended').length
    if (rows < next.after || entries.at(-1)?.type === 'run_ended') return
    if (this.#strike(next, entries)) this.#waiting.shift()
  }

  /** After the end: what strokes inside have told, and guests that are still there. */
  async settle(): Promise<void> {
    await Promise.all(this.#guests)
    const folder = join(this.#project.root, 'struck')
    for (const name of readdirSync(folder)) {
      const { pid, ...place } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Now
      const kind = basename(name, '.json') as InsideKind
      this.struck.push({ kind, place, pid })
    }
    const modes = readdirSync(join(this.#project.root, 'modes'))
    if (modes.includes('echo.slips.began')) this.struck.push({ kind: 'slips' })
    for (const name of ['echo', 'fixed']) {
      if (!modes.includes(`${name}.taken`)) continue
      this.struck.push({ kind: name === 'echo' ? 'stranger' : 'stranger_fixed' })
    }
    if (this.#journal().some(({ type }) => type === 'service_kept'))
      this.struck.push({ kind: 'kept' })
  }

  #strike({ kind }: PlannedStroke, entries: readonly JournalEntry[]): boolean {
    const seq = entries.at(-1)!.seq
    if (isInside(kind)) {
      writeFileSync(join(this.#project.root, 'armed', kind), '')
      return true
    }
    switch (kind) {
      case 'worker_killed':
        return this.#killWorker(seq)
      case 'service_killed':
        return this.#killService(entries, seq)
      case 'place_removed':
        rmSync(this.#project.runtime, { recursive: true, force: true })
        this.struck.push({ kind, seq })
        return true
      case 'guest_runs':
      case 'guest_prunes':
        this.#invite(kind)
        return true
      case 'launcher':
        this.#child.kill(this.#plan.signal)
        this.hasEndedLauncher = true
        this.struck.push({ kind, seq, pid: this.#child.pid! })
        return true
    }
  }

  #killWorker(seq: number): boolean {
    const now = this.#now()
    // One that asks is still to come, in each file.
    if (now === null || now.index > 2) return false
    const { pid, ...place } = now
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      return false
    }
    this.struck.push({ kind: 'worker_killed', place, pid, seq })
    return true
  }

  #killService(entries: readonly JournalEntry[], seq: number): boolean {
    const up = entries.findLast(({ type }) => type === 'loadout_ready')
    if (up === undefined) return false
    const since = entries.slice(entries.indexOf(up))
    const ended = since.filter(({ type }) => type === 'scenario_ended').length
    const now = this.#now()
    const isOver = since.some(({ type }) => type === 'loadout_stopped')
    if (isOver || ended > ROWS_OF_A_LOADOUT * 0.6 || now === null) return false
    const { loadout, domain } = up as Extract<JournalEntry, { type: 'loadout_ready' }>
    if (now.loadout !== loadout || now.domain !== domain) return false
    const victim = entries.findLast(
      (entry) =>
        (entry.type === 'service_spawned' || entry.type === 'service_kept') &&
        entry.loadout === loadout &&
        MORTAL.test(entry.service),
    ) as Extract<JournalEntry, { type: 'service_spawned' }> | undefined
    if (victim === undefined) return false
    try {
      process.kill(victim.pid, 'SIGKILL')
    } catch {
      return false
    }
    const place = { domain, loadout, stem: now.stem, index: now.index }
    this.struck.push({ kind: 'service_killed', place, pid: victim.pid, seq })
    return true
  }

  #invite(kind: 'guest_runs' | 'guest_prunes'): void {
    if (noHosts !== null) return
    const command = [cli, 'prune', '--keep', '1', '--yes']
    const options = kind === 'guest_runs' ? { env: GUEST_PLAN } : { command }
    // What the machine of a guest has is its own, also where ours is removed.
    const project = { ...this.#project, runtime: join(this.#project.root, 'guest') }
    const told = startOn(BOX_B, project, options).ended()
    const struck: Struck = { kind }
    this.struck.push(struck)
    this.#guests.push(
      told.then(({ output, code }: Ended) => void Object.assign(struck, { output, code })),
    )
  }

  /** Somebody else takes the port of a service that waits for that. */
  #letStrangersIn(): void {
    const modes = join(this.#project.root, 'modes')
    for (const name of ['echo', 'fixed']) {
      const wanted = join(modes, `${name}.wanted`)
      if (!existsSync(wanted)) continue
      const port = Number(readFileSync(wanted, 'utf8'))
      if (!(port > 0)) continue
      rmSync(wanted)
      const stranger = spawn(process.execPath, ['-e', STRANGER, String(port)], {
        cwd: '/',
        stdio: 'ignore',
      })
      stranger.unref()
      this.spared.push({ pid: stranger.pid!, port })
      writeFileSync(join(modes, `${name}.taken`), '')
    }
  }

  /** The scenario that runs; null where none has begun, or it is being written. */
  #now(): Now | null {
    try {
      return JSON.parse(readFileSync(join(this.#project.root, 'now.json'), 'utf8')) as Now
    } catch {
      return null
    }
  }

  #journal(): JournalEntry[] {
    const path = join(this.#project.root, 'logs', this.session, 'events.jsonl')
    if (this.#session === null || !existsSync(path)) return this.#entries
    const bytes = readFrom(path, this.#read)
    const end = bytes.lastIndexOf(LINE_FEED) + 1
    this.#read += end
    const lines = bytes.toString('utf8', 0, end).split('\n').slice(0, -1)
    this.#entries.push(...lines.map((line) => JSON.parse(line) as JournalEntry))
    return this.#entries
  }
}

function readFrom(path: string, offset: number): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(fstatSync(file).size - offset)
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset))
  } finally {
    closeSync(file)
  }
}

function isInside(kind: string): kind is InsideKind {
  return (INSIDE as readonly string[]).includes(kind)
}
