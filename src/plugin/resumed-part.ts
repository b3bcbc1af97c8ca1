import { basename } from 'node:path'
import { JarvisError } from '../errors.ts'
import {
  type EventOf,
  loadoutKey,
  type ShardOf,
  shardText,
  uncount,
  wrongOf,
} from '../events/index.ts'
import type { RunBefore } from '../reporter/index.ts'
import type { LeftOfFile } from '../services/leases/lease-protocol.ts'
import { oneLine } from '../session/projections/progression.ts'
import type { ResumeOptions } from '../session/resume/opening-again.ts'
import { resumeCommand } from '../session/resume-command.ts'
import type { Part } from '../split/part.ts'
import type { PlannedProject } from './projects.ts'
import type { Resumption } from './resume.ts'

/** What the parts of a run before this one have left, and what they ran with. */
export interface PartBefore extends RunBefore {
  /** Digests of models by their URIs, of each loadout. */
  digests: ReadonlyMap<string, Readonly<Record<string, string>>>
  /** Versions of engines that services told. */
  told: Readonly<Record<string, string>>
}

/**
 * A run of a part of a plan does not tell which one it was: whoever resumes it says so again. One of the whole plan goes on
 * whole.
 *
 * @throws JarvisError USAGE where another part is to run
 */
export function requireSamePart(
  { point }: Resumption,
  { isWhole, part }: { isWhole: boolean; part: Part | null },
): void {
  const { begin } = point.run
  const name = basename(point.directory)
  if (begin?.shard !== undefined || part !== null) {
    requireSameShard(name, begin?.shard, part)
    return
  }
  if (begin?.kind === 'partial' && isWhole) {
    const what = `${name} ran a part of its plan, as it was told by: ${oneLine(begin.command)}`
    const advice = `Name the same part: ${resumeCommand(name)} -t NAME, --project NAME or a file`
    throw new JarvisError('USAGE', `${what}\n${advice}.`)
  }
  if (begin?.kind === 'plan' && !isWhole) {
    const what = `${name} ran the whole plan, and goes on as a whole`
    throw new JarvisError('USAGE', `${what}: leave out -t, --project, --shard and names of files.`)
  }
}

function requireSameShard(name: string, before: ShardOf | undefined, part: Part | null): void {
  const is = part === null ? 'the whole plan' : shardText(part)
  const was = before === undefined ? 'no part of a split' : shardText(before)
  const isSame = before?.index === part?.index && before?.digest === part?.digest
  if (isSame) return
  const which = before !== undefined && part !== null && was === is ? ' of another split' : ''
  const what = `${name} is ${was}, and what would go on is ${is}${which}`
  throw new JarvisError(
    'USAGE',
    `${what}: name the same split and part by JARVIS_SPLIT and JARVIS_SHARD.`,
  )
}

/** What workers are told of a file. */
export function leftOfFile(
  resumption: Resumption | null,
  project: string,
  file: string,
): LeftOfFile | null {
  if (resumption === null) return null
  const left = resumption.left.get(project)?.get(file)
  if (left === undefined) return { only: [], done: [], repeats: {} }
  const repeats = [...left.some].map(
    ([name, results]) => [name, results.map(({ repeat }) => repeat)] as const,
  )
  const { only, done } = left
  return { only: only && [...only], done: [...done], repeats: Object.fromEntries(repeats) }
}

/** How the session is opened again for these projects. */
export function resumeOptions(
  { point, failed, changed, left }: Resumption,
  selected: readonly PlannedProject[],
): ResumeOptions {
  const ids = new Set(
    selected.flatMap(({ name }) =>
      [...(left.get(name)?.values() ?? [])].flatMap(({ again }) => [...again.keys()]),
    ),
  )
  const again = [...point.files.values()].flatMap(({ domain, loadout, file, results }) => {
    const rows = results
      .filter(({ id }) => ids.has(id))
      .map(({ seq, id, status, duration, cause = null }) => ({ seq, id, status, duration, cause }))
    return rows.length > 0 ? [{ domain, loadout, file, rows }] : []
  })
  const loadouts = selected.map(({ domain, loadout }) => ({ domain, loadout: loadout.name }))
  return { point, loadouts, again, failed, changed }
}

/** What is known of the parts before. */
export function runBefore({ point, again, changed }: ResumeOptions): PartBefore {
  const { run, told } = point
  const kept = new Map(
    run.loadouts.map(({ domain, loadout, done: total }) => [
      loadoutKey({ domain, loadout }),
      { domain, loadout, total },
    ]),
  )
  const counts = { ...run.counts }
  for (const { rows, ...loadout } of again) {
    const known = kept.get(loadoutKey(loadout))
    if (known !== undefined) known.total -= rows.length
    for (const { status } of rows) uncount(counts, status)
  }
  const digests = new Map(run.loadouts.map((view) => [loadoutKey(view), view.digests ?? {}]))
  const part = (run.resumed?.part ?? 1) + 1
  const hasFailed = wrongOf(counts) > 0
  return { part, kept, hasFailed, isForced: changed.length > 0, digests, told }
}

/** What is not as it was of a model that was loaded, as a sentence; null where all is. */
export function modelChange(
  { domain, loadout, model, digest, engines = {} }: EventOf<'model_ready'>,
  { digests, told }: PartBefore,
): string | null {
  const before = digests.get(loadoutKey({ domain, loadout }))?.[model]
  if (before !== undefined && digest !== undefined && before !== digest) {
    return `${model} is another model than before (digest ${short(before)}, now ${short(digest)})`
  }
  for (const [name, version] of Object.entries(engines)) {
    const was = Object.hasOwn(told, name) ? told[name] : undefined
    if (was !== undefined && was !== version) return `${name} was ${was} and is ${version}`
  }
  return null
}

const DIGEST_SHOWN = 12

function short(digest: string): string {
  return digest.slice(0, DIGEST_SHOWN)
}
