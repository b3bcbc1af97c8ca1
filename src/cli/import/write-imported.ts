import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, rmSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { stringify } from 'yaml'
import type { ScenarioResult } from '../../events/index.ts'
import { isObject, numberOf } from '../../report/session/json-values.ts'
import { openSession, type Session } from '../../session/index.ts'
import { pinSession } from '../../session/history/pin.ts'
import type { SystemFacts } from '../../session/machine/system-facts.ts'
import { RunnerLoadouts } from './runner-loadouts.ts'
import { cleanupOf, resultOf } from './runner-result.ts'
import type { RunnerSession } from './runner-sessions.ts'

type Row = Record<string, unknown>

/** A session that was made, and how many results are in it. */
export interface Imported {
  directory: string
  results: number
}

interface ImportedBlock {
  domain: string
  loadout: string
  models: string[]
  entry: Row
  rows: Row[]
}

/**
 * Writes a run of the Python runner as a session of ours: its journal, results and story, at the times that are known
 * of it. Removes the session again where it cannot be written.
 *
 * @throws JarvisError SESSION_UNWRITABLE
 */
export async function writeImported(
  source: RunnerSession,
  place: { logs: string; root: string; command: string },
): Promise<Imported> {
  const { info } = source
  const known = new RunnerLoadouts(info['plan'])
  const blocks = [...source.domains].flatMap(([domain, entries]) =>
    entries.map((entry): ImportedBlock => {
      const rows = (entry['scenarios'] as unknown[]).filter(isObject)
      return { domain, ...known.of(domain, String(entry['loadout']), rows), entry, rows }
    }),
  )
  let at = source.started.getTime()
  const text = isObject(info['plan']) ? stringify(info['plan']) : ''
  const session = await openSession({
    logs: place.logs,
    root: place.root,
    kind: 'plan',
    plan: {
      name: planName(source),
      file: '',
      text,
      sha256: createHash('sha256').update(text).digest('hex'),
    },
    loadouts: blocks.map(({ domain, loadout, models }) => ({ domain, loadout, models })),
    command: place.command,
    imported: {
      from: source.directory,
      digest: source.digest,
      facts: factsOf(info),
      engines: enginesOf(info),
    },
    now: () => new Date(at),
    steady: () => at,
  })
  try {
    const results = record(session, source, blocks, (seconds) => (at += seconds * 1_000))
    await session.close({ status: results.some(isWrong) ? 'FAILED' : 'PASSED' })
    // They are old, and were asked for.
    await pinSession(session.directory)
    return { directory: session.directory, results: results.length }
  } catch (error) {
    rmSync(session.directory, { recursive: true, force: true })
    throw error
  } finally {
    session.release()
  }
}

function record(
  session: Session,
  source: RunnerSession,
  blocks: readonly ImportedBlock[],
  pass: (seconds: number) => void,
): ScenarioResult[] {
  const all: ScenarioResult[] = []
  const total = blocks.reduce((sum, { rows }) => sum + rows.length, 0)
  session.record({
    type: 'totals',
    total,
    loadouts: blocks.map(({ domain, loadout, rows }) => ({ domain, loadout, total: rows.length })),
  })
  let last = ''
  for (const { domain, loadout, models, entry, rows } of blocks) {
    if (domain !== last) session.record({ type: 'domain_started', domain })
    last = domain
    const kept = (path: string): string | null => keep(path, source.directory, session)
    const results = rows.map((row) =>
      resultOf({ row, entry, domain, loadout: { loadout, models }, kept }),
    )
    const [first] = results
    const setup = results.find(({ setup_time }) => setup_time !== null)?.setup_time ?? null
    const ref = { domain, loadout, models }
    session.record({ type: 'loadout_starting', ...ref })
    pass(setup ?? 0)
    const { vram_prior = null, vram_loaded = null } = first ?? {}
    if (setup !== null) {
      session.record({ type: 'loadout_ready', ...ref, setup_time: setup, vram_prior, vram_loaded })
    }
    for (const result of results) {
      pass(result.duration ?? 0)
      session.record({ type: 'scenario_ended', domain, result })
    }
    const cleanup = rows.map(cleanupOf).find((seconds) => seconds !== null) ?? null
    pass(cleanup ?? 0)
    const ran = results.flatMap(({ duration }) => (duration === null ? [] : [duration]))
    const run_time = ran.length === 0 ? null : ran.reduce((sum, seconds) => sum + seconds, 0)
    if (cleanup !== null) {
      const times = { run_time, cleanup_time: cleanup, vram_after: null }
      session.record({ type: 'loadout_stopped', ...ref, ...times })
    }
    all.push(...results)
  }
  return all
}

function isWrong({ status }: ScenarioResult): boolean {
  return status !== 'PASSED' && status !== 'SKIPPED'
}

/** Copies a file that lies in the folder of the run: paths of the other runner's project lead nowhere here. */
function keep(path: string, directory: string, session: Session): string | null {
  const name = basename(path.replaceAll('\\', '/'))
  const from = join(directory, name)
  if (name === '' || !existsSync(from) || !statSync(from).isFile()) return null
  const stem = name.slice(0, name.length - extname(name).length).replaceAll(/[^\w.-]/g, '_')
  const kept = `${stem}${extname(name)}`
  copyFileSync(from, join(session.attachments, kept))
  return `attachments/${kept}`
}

function planName({ info, directory }: RunnerSession): string {
  const name = isObject(info['plan']) ? info['plan']['name'] : undefined
  return typeof name === 'string' && name !== '' ? name : basename(directory)
}

/** Their names for what ours tells; what is not known is null. */
function factsOf(info: Row): SystemFacts {
  const host = isObject(info['host']) ? info['host'] : {}
  const git = isObject(info['git']) ? info['git'] : {}
  const gpu = textOf(host['gpu'])
  return {
    os: textOf(host['os']),
    cpu: textOf(host['cpu']),
    cpu_count: numberOf(host['cpu_count']),
    total_ram_gb: numberOf(host['ram_total_gb'] ?? host['total_ram_gb']),
    gpus:
      gpu === null
        ? null
        : [{ index: 0, model: gpu, vram_total_gb: numberOf(host['vram_total_gb']), driver: null }],
    disk_free_gb: null,
    commit: textOf(git['hash']),
    branch: textOf(git['branch']),
    dirty: null,
    vitest: null,
    jarvis: null,
  }
}

function enginesOf(info: Row): Record<string, string | null> {
  const host = isObject(info['host']) ? info['host'] : {}
  const versions = ['ollama', 'docker'].flatMap((name) => {
    const engine = host[name]
    return isObject(engine) ? [[name, textOf(engine['version'])] as const] : []
  })
  return Object.fromEntries(versions)
}

function textOf(value: unknown): string | null {
  const isKnown = typeof value === 'string' && !/^(?:|n\/a|unknown|none|bypassed.*)$/i.test(value)
  return isKnown ? value : null
}
