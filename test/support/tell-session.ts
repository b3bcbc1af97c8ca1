import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { JournalEntry } from '../../src/events/index.ts'
import { localIso } from '../../src/host/local-time.ts'
import { openSession } from '../../src/session/index.ts'
import { systemYaml } from '../../src/session/machine/system-yaml.ts'
import { journalEntries, writeJournal, writeProjections } from './journal-file.ts'
import { tellStory, type Told } from './session-story.ts'
import { STORY_LOADOUTS, storyLog, storyLogNames, type StoryLoadout } from './story-results.ts'

const root = resolve(import.meta.dirname, '../..')
/** Local time at which the runs start unless they are told otherwise. */
export const STORY_START = new Date(2026, 1, 16, 23, 12, 5, 123)
const PLAN = { name: 'Nightly', file: 'plans/nightly.yaml', sha256: 'ab'.repeat(32) }
const PLAN_TEXT = 'name: Nightly\nexecution: [] # as told\n'
/** No process has it: its start is none. */
const GONE = { pid: 4_000_001, process_start: 'gone' }

/** What the run of a session was like. */
export interface Telling {
  /** @default 2026-02-16 23:12:05 local time */
  start?: Date
  /** @default 'plan' */
  kind?: 'plan' | 'partial'
  /** @default those of the story */
  loadouts?: readonly StoryLoadout[]
  /** @default PASSED, or FAILED where a result is */
  status?: 'PASSED' | 'FAILED' | 'INTERRUPTED'
  /** Of the GPUs. @default '590.44' */
  driver?: string
  /** Versions. @default { ollama: '0.14.2', vllm: null } */
  engines?: Record<string, string | null>
}

/** A session of these events, written by the session's own writer, complete; its run is long over. */
export async function tellSession(
  logs: string,
  told: readonly Told[],
  telling: Telling = {},
): Promise<string> {
  const { start = STORY_START, kind = 'plan', loadouts = STORY_LOADOUTS } = telling
  let at = start.getTime()
  const session = await openSession({
    logs,
    root,
    kind,
    plan: { ...PLAN, text: PLAN_TEXT },
    loadouts: loadouts.map(({ domain, loadout, models }) => ({ domain, loadout, models })),
    command: 'vitest run --config jarvis',
    now: () => new Date(at),
    steady: () => at,
  })
  let failed = false
  for (const [seconds, event] of told) {
    at += seconds * 1_000
    if (event.type !== 'scenario_ended') {
      session.record(event)
      continue
    }
    const { result } = event
    failed ||= result.status === 'FAILED' || result.status === 'MISSING'
    const began = localIso(new Date(at - (result.duration ?? 0) * 1_000))
    const started_at = result.started_at === null ? null : began
    session.record({ ...event, result: { ...result, started_at } })
  }
  at += 1_000
  await session.close({ status: telling.status ?? (failed ? 'FAILED' : 'PASSED') })
  const entries = journalEntries(session.directory).map((entry) => past(entry, start))
  writeJournal(session.directory, entries)
  writeProjections(session.directory, entries)
  writeFileSync(join(session.directory, 'system_info.yaml'), systemInfo(session.id, telling))
  return session.directory
}

/** As if its process were gone, and the run had taken as long as its events say. */
function past(entry: JournalEntry, start: Date): JournalEntry {
  if (entry.type === 'run_started') return { ...entry, ...GONE }
  if (entry.type !== 'run_ended') return entry
  return { ...entry, duration: (Date.parse(entry.time) - start.getTime()) / 1_000 }
}

function systemInfo(session: string, { start = STORY_START, driver, engines }: Telling): string {
  const gpus = [0, 1].map((index) => {
    const model = 'NVIDIA GeForce RTX 5090'
    return { index, model, vram_total_gb: 31.84, driver: driver ?? '590.44' }
  })
  const subject = {
    session,
    startTime: localIso(start),
    command: 'vitest run --config jarvis',
    plan: { ...PLAN, text: PLAN_TEXT },
  }
  const facts = {
    os: 'Ubuntu 24.04 (Linux 6.8.0)',
    cpu: 'AMD Ryzen 9 9950X',
    cpu_count: 32,
    total_ram_gb: 125.7,
    gpus,
    disk_free_gb: 812.4,
    commit: '0123456789abcdef0123456789abcdef01234567',
    branch: 'main',
    dirty: false,
    vitest: '5.1.1',
    jarvis: '1.0.0',
  }
  return systemYaml(subject, facts, engines ?? { ollama: '0.14.2', vllm: null }, {})
}

let story: Promise<Map<string, Buffer>> | undefined

/** A copy of the complete run of the story, under the first name that is free. */
export async function copyOfStory(logs: string): Promise<string> {
  story ??= storyFiles()
  const directory = freeDirectory(logs)
  for (const [name, bytes] of await story) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), bytes)
  }
  return directory
}

/** A new directory of a session's name. */
export function freeDirectory(logs: string): string {
  mkdirSync(logs, { recursive: true })
  const taken = new Set(readdirSync(logs))
  let name = 'RUN_20260216_231205'
  for (let number = 2; taken.has(name); number += 1) name = `RUN_20260216_231205_${number}`
  mkdirSync(join(logs, name))
  return join(logs, name)
}

async function storyFiles(): Promise<Map<string, Buffer>> {
  const logs = mkdtempSync(join(tmpdir(), 'jarvis-story-'))
  try {
    const directory = await tellSession(logs, tellStory())
    addStoryFiles(directory)
    const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    const paths = names
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
    return new Map(paths.map((path) => [path.slice(directory.length + 1), readFileSync(path)]))
  } finally {
    rmSync(logs, { recursive: true })
  }
}

/** The logs of the services of the story, and what its scenarios kept. */
export function addStoryFiles(directory: string): void {
  for (const name of storyLogNames()) writeFileSync(join(directory, name), storyLog)
  const media = (path: string): Buffer => readFileSync(join(root, 'scenarios', path))
  const kept = {
    'colours-red.png': media('vlm/media/red.png'),
    'english_std-recording.wav': media('stt/media/english.wav'),
    'greeting-speech.wav': media('sts/media/greeting.wav'),
  }
  for (const [name, bytes] of Object.entries(kept)) {
    writeFileSync(join(directory, 'attachments', name), bytes)
  }
}
