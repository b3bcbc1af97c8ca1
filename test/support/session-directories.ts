/*
 * Session directories for tests of what reads them. Each function makes one under `logs`, a folder that the
 * test owns, and gives its path. They are written by the session's own writer and then, where it says so,
 * damaged; their run lies in the past and its process is gone. `completeSession` is a run of five domains and
 * six loadouts on two GPUs (session-story.ts): every status, repeats, a retry, own measures, files, logs, a
 * memory leak, a loadout that did not come up. The others are that run cut off or taken apart, or one made of
 * results that are given (`storyResult` of story-results.ts makes one). The same call gives the same directory each time.
 */
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import type { JournalEntry, ScenarioResult, SessionEvent } from '../../src/events/index.ts'
import { hostileResults } from './hostile-results.ts'
import { journalEntries, writeJournal, writeProjections } from './journal-file.ts'
import { manyEntries } from './many-entries.ts'
import { randomFrom } from './random.ts'
import { tellStory, type Told } from './session-story.ts'
import { STORY_LOADOUTS } from './story-results.ts'
import {
  addStoryFiles,
  copyOfStory,
  freeDirectory,
  tellSession,
  type Telling,
} from './tell-session.ts'

const WAV = resolve(import.meta.dirname, '../../scenarios/sts/media/greeting.wav')
const LINE_BREAK = 10
const DOMAIN_FILES = ['llm.json', 'vlm.json', 'stt.json', 'tts.json', 'sts.json']

/** The run of the story, complete; `telling` changes what the run was like. */
export async function completeSession(logs: string, telling?: Telling): Promise<string> {
  if (telling === undefined) return copyOfStory(logs)
  const directory = await tellSession(logs, tellStory(), telling)
  addStoryFiles(directory)
  return directory
}

/** The complete run, judged by four gates at its end: one held, one was broken, one could not be judged, and of one nobody can tell. */
export async function judgedSession(logs: string): Promise<string> {
  const gate = (gate: string, more: Omit<Gate, 'type' | 'gate'>): Told => {
    return [0, { type: 'gate_checked', gate, ...more }]
  }
  const whole = { domain: null, loadout: null }
  const directory = await tellSession(logs, [
    ...tellStory(),
    gate('min_pass_rate', {
      ...whole,
      status: 'held',
      limit: 0.5,
      actual: 0.69,
      message: '11 of 16 passed, 68.8 %, at least 50 %',
      fails: false,
    }),
    gate('max_failures', {
      ...whole,
      status: 'broken',
      limit: 0,
      actual: 5,
      message: '5 results not passed, more than 0',
      fails: true,
    }),
    gate('max_ttfa', {
      domain: 'tts',
      loadout: 'native://*',
      status: 'not_judged',
      limit: 1,
      actual: null,
      message: 'no result of this run has ttfa',
      fails: false,
    }),
    gate('no_slower_than', {
      ...whole,
      status: 'cannot_tell',
      limit: 0.1,
      actual: 0.29,
      message: 'llm ollama://qwen2.5:0.5b: TTFT +29 % (6 scenarios) than in RUN_20260215_231205',
      fails: false,
    }),
  ])
  addStoryFiles(directory)
  return directory
}

type Gate = Extract<SessionEvent, { type: 'gate_checked' }>

/**
 * The complete run as a kill leaves it that came when `share` (0 to 1) of the bytes after the journal's first
 * event were written: the journal is cut there, results and state are as they were then, and nobody has recorded the end.
 */
export async function killedSession(logs: string, share: number): Promise<string> {
  const directory = await copyOfStory(logs)
  const path = join(directory, 'events.jsonl')
  const bytes = readFileSync(path)
  // Nothing of a session is there before its first event is.
  const first = bytes.indexOf(LINE_BREAK) + 1
  truncateSync(path, first + Math.round((bytes.length - first) * share))
  writeProjections(directory, journalEntries(directory))
  return directory
}

/** As {@link killedSession} at `count` points that the seed chooses; their directories. */
export async function killedSessions(logs: string, count: number, seed = 1): Promise<string[]> {
  const random = randomFrom(seed)
  const shares = Array.from({ length: count }, () => random())
  return Promise.all(shares.map((share) => killedSession(logs, share)))
}

/** The complete run, but for the last line of its journal, which is torn; all other files are whole. */
export async function tornSession(logs: string): Promise<string> {
  const directory = await copyOfStory(logs)
  const path = join(directory, 'events.jsonl')
  truncateSync(path, readFileSync(path).length - 20)
  return directory
}

/** The complete run with a changed digit in the journal's line of one result; all other files are whole. */
export async function editedSession(logs: string): Promise<string> {
  const directory = await copyOfStory(logs)
  const path = join(directory, 'events.jsonl')
  writeFileSync(path, readFileSync(path, 'utf8').replace('"duration":0.92', '"duration":0.12'))
  return directory
}

/** A directory of a session's name with nothing in it. */
export function emptySession(logs: string): string {
  return freeDirectory(logs)
}

/** A complete run of one domain, `tts`, with one loadout. */
export async function oneDomainSession(logs: string): Promise<string> {
  const loadouts = STORY_LOADOUTS.filter(({ domain }) => domain === 'tts')
  const told = tellStory().filter(([, event]) => 'domain' in event && event.domain === 'tts')
  const directory = await tellSession(logs, told, { loadouts })
  addStoryFiles(directory)
  return directory
}

/** A directory that holds nothing but the `{domain}.json` of the complete run, and its attachments. */
export async function resultsOnlySession(logs: string): Promise<string> {
  const directory = await copyOfStory(logs)
  const others = readdirSync(directory).filter((name) => !DOMAIN_FILES.includes(name))
  for (const name of others) if (name !== 'attachments') rmSync(join(directory, name))
  return directory
}

/** `llm.json` and `tts.json` as another tool writes them: other layouts, few fields, a NaN. */
export function foreignSession(logs: string): string {
  const directory = freeDirectory(logs)
  mkdirSync(join(directory, 'out'))
  copyFileSync(WAV, join(directory, 'out/hello.wav'))
  const model = 'OL_qwen2.5:0.5b'
  const llm = [
    { name: 'greeting', model, status: 'passed', duration: 2, ttft: 0.25, output_text: 'Hi there' },
    { scenario: 'riddle', model, status: 'FAILED', error: 'said nothing' },
    { name: 'odd', model, output_text: 'one two three four', tps: -1 },
  ]
  const text = JSON.stringify(llm, null, '\t').replace('-1', 'NaN')
  writeFileSync(join(directory, 'llm.json'), `\uFEFF${text}`)
  const tts = { name: 'hello', status: 'PASSED', duration: 0.5, output_file: 'out/hello.wav' }
  writeFileSync(join(directory, 'tts.json'), `${JSON.stringify(tts)}\n`)
  return directory
}

/** The complete run, of a version that is not there yet, with or without all that is not results. */
export async function futureSession(logs: string, where: 'state' | 'results'): Promise<string> {
  const directory = await (where === 'state' ? copyOfStory : resultsOnlySession)(logs)
  const path = join(directory, where === 'state' ? 'state.json' : 'llm.json')
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replaceAll(/"schema_version":( ?)1\b/g, '"schema_version":$199'))
  return directory
}

/** A complete run of these results and nothing else. */
export async function resultsSession(
  logs: string,
  results: readonly ScenarioResult[],
  telling: Telling = {},
): Promise<string> {
  const loadouts = new Map(results.map((result) => [`${result.domain}|${result.loadout}`, result]))
  const domains = new Set(results.map(({ domain }) => domain))
  const told: Told[] = [...domains].map((domain) => [0, { type: 'domain_started', domain }])
  for (const result of results) {
    const seconds = result.duration ?? 0
    told.push([seconds, { type: 'scenario_ended', domain: result.domain, result }])
  }
  return tellSession(logs, told, { loadouts: [...loadouts.values()], ...telling })
}

/** Texts that no reader may take for anything but text: see hostile-results.ts. */
export async function hostileSession(logs: string): Promise<string> {
  return resultsSession(logs, hostileResults())
}

/**
 * A complete run of `count` results of some 900 bytes on three loadouts of two domains, with a sample for
 * each hundred; 100,000 take a few seconds.
 */
export async function manyResultsSession(logs: string, count: number): Promise<string> {
  const loadouts = STORY_LOADOUTS.filter(({ domain }) => domain === 'llm' || domain === 'stt')
  const directory = await tellSession(logs, [], { loadouts, status: 'FAILED' })
  const [begin, end] = journalEntries(directory)
  const entries = (): Iterable<JournalEntry> => manyEntries(begin!, end!, { loadouts, count })
  writeJournal(directory, entries())
  writeProjections(directory, entries())
  return directory
}
