import { type OwnGpus, ownGpus, unknownGpus } from '../host/own-gpus.ts'
import { privateFolder } from '../host/private-folder.ts'
import { relative } from 'node:path'
import { type EventOf, type JournalEntry, type ShardOf, shardText } from '../events/index.ts'
import {
  acquireRunLock,
  cleanSessions,
  claimAddress,
  holderInWords,
  leftSessions,
  newestDied,
  openSession,
  recoverDeadSessions,
  recoverSession,
  type RunLock,
} from '../session/index.ts'
import { clearHeld } from '../services/warm/ask-keepers.ts'
import { locksOf } from '../session/lock/lock-wants.ts'
import type { Part } from '../split/part.ts'
import { splitPath } from '../split/files.ts'
import { schedulersRun } from '../split/part-number.ts'
import { needsMachine, wantsOf } from './machine.ts'
import type { PlannedProject } from './projects.ts'
import { reap } from './reaper.ts'
import { endOf, missingBaselines } from './run-end.ts'
import type { Resumption } from './resume.ts'
import { needsTelemetry } from './telemetry-host.ts'
import { resumeOptions, runBefore } from './resumed-part.ts'
import { Run, type RunParts } from './run.ts'
import type { RuntimeInput } from './input.ts'

/** What a run is opened with. */
export interface OpenRunInput extends RuntimeInput {
  parts: RunParts
  /** The projects that this run touches. */
  selected: readonly PlannedProject[]
  kind: 'plan' | 'partial'
  /** The part of a divided plan that it is; null: of none. */
  part: Part | null
  /** Services stay up after the run: watch mode and editors. */
  keepWarm: boolean
  /** What is kept warm of this project and plan is taken over by this run; null: it gives way to it. */
  takesOver: { root: string; plan: string } | null
  onCommitted: (entries: JournalEntry[], lines: string[]) => void
  onWait: (message: string) => void
  /** What a run that goes on has still to do; null for a new one. */
  resumption: Resumption | null
  /** A model is another one than in the parts of the run before. */
  onChanged: (why: string) => void
}

/**
 * Takes the lock where the run needs the machine for itself, cleans up after runs that died, and opens
 * the session.
 *
 * @throws JarvisError RUN_LOCKED or SESSION_UNWRITABLE; then nothing was started
 */
export async function openRun(input: OpenRunInput): Promise<Run> {
  const { options, plan, selected, parts, kind, part, keepWarm, onCommitted, resumption } = input
  const own = needsTelemetry(selected) ? await ownGpus() : null
  // Services, and scenarios that compute themselves, are to see these and no others.
  Object.assign(process.env, own?.env)
  const lock = needsMachine(selected, plan) ? await takeLock(input, own) : null
  try {
    const wants = wantsOf(selected, plan, own)
    const locks = wants && locksOf(wants).map(({ file }) => file)
    parts.services.parts = locks
    const gaveWay = lock === null ? [] : await clearHeld(locks, input.takesOver)
    const stale = await leftSessions(lock?.stale ?? [])
    const { ended, left } = await reap(options.logs, stale)
    const recovered = await recoverDeadSessions(options.logs)
    // They may be of another folder of logs.
    await Promise.all(stale.map((session) => recoverSession(session, 'recovery')))
    const resume = resumption && resumeOptions(resumption, selected)
    // What is known of the run goes on with it from here.
    const before = resume && runBefore(resume)
    const session = await openSession({
      logs: options.logs,
      root: options.root,
      kind,
      plan,
      redactLogs: plan.settings.redact_logs,
      loadouts: selected.map((one) => toldLoadout(one, input)),
      command: commandLine(),
      engines: parts.services.engineVersions(selected),
      ...(resume === null ? { diedBefore: await newestDied(options.logs) } : { resume }),
      shard: part && shardOf(part),
      gpus: own?.gpus ?? null,
      onDirectory: (directory) => parts.services.watch(directory),
      onCommitted,
    })
    lock?.update(session.directory)
    // Nothing waits for it.
    void cleanSessions(options.logs)
    const beforeEnd = keepWarm ? null : endOf({ options, plan, kind, part })
    const reports = !keepWarm && (options.reports ?? plan.settings.reports)
    const { onChanged } = input
    if (part !== null) {
      const { namedPart, watchForTwin } = await import('./requeued.ts')
      const named = namedPart(part)
      const { directory } = session
      if (named !== null) watchForTwin(named, { logs: options.logs, directory }, onChanged)
    }
    const how = { keepWarm, beforeEnd, reports, before, onChanged, part: part && shardText(part) }
    const run = new Run(session, lock, parts, { ...how, gpus: own?.gpus ?? null })
    if (own?.remark) note(run, 'WARN', own.remark)
    const unknown = own === null && lock !== null ? unknownGpus() : null
    if (unknown !== null) {
      note(
        run,
        'INFO',
        `${unknown} names no GPU that is listed here: this run has the machine alone`,
      )
    }
    if (part !== null) note(run, 'INFO', partText(part, input.projects, selected))
    for (const warning of [...plan.warnings, ...(part?.warnings ?? [])]) note(run, 'WARN', warning)
    if (!keepWarm) {
      for (const absent of await missingBaselines({ options, plan })) note(run, 'WARN', absent)
    }
    for (const { directory, isDead } of recovered) {
      const what = isDead ? 'a run that died' : 'the story of a run, which had been cut short'
      note(run, 'WARN', `Completed ${what}: ${directory}`)
    }
    for (const { title, pids } of gaveWay)
      note(
        run,
        'INFO',
        `${title}, kept warm for an editor, gave way to this run: ended ${inWords(pids)}`,
      )
    if (ended.length > 0) note(run, 'WARN', `Ended what a dead run had left: ${inWords(ended)}`)
    if (left.length > 0) note(run, 'ERROR', `Could not end what a dead run left: ${inWords(left)}`)
    return run
  } catch (error) {
    lock?.release()
    throw error
  }
}

/** As the run tells of it; of a part also what its place in the plan is, so that parts can be put together. */
function toldLoadout(
  project: PlannedProject,
  { part, projects, options }: Pick<OpenRunInput, 'part' | 'projects' | 'options'>,
): EventOf<'run_started'>['loadouts'][number] {
  const { domain, loadout } = project
  const models = loadout.models.map(({ text }) => text)
  const told = { domain, loadout: loadout.name, models }
  if (part === null) return told
  const files = project.files.map((file) => splitPath(options.root, file))
  const hasAll = files.every((file) => part.has({ domain, loadout: loadout.name }, file))
  return { ...told, at: projects.indexOf(project), ...(!hasAll && { files }) }
}

function shardOf({ index, count, digest }: Part): ShardOf {
  return { index, count, digest, run: schedulersRun(process.env) }
}

function partText(
  part: Part,
  all: readonly PlannedProject[],
  selected: readonly PlannedProject[],
): string {
  const what =
    selected.length === 0
      ? 'nothing is left for it'
      : `${selected.length} of the ${all.length} loadouts`
  return `This is ${shardText(part)} of the plan: ${what}`
}

function takeLock(
  { options, onWait, selected, plan }: OpenRunInput,
  own: OwnGpus | null,
): Promise<RunLock> {
  return acquireRunLock({
    folder: privateFolder(),
    address: claimAddress(),
    session: options.logs,
    wants: wantsOf(selected, plan, own),
    wait: options.wait,
    onWait(holder) {
      const what = holder.holds === null ? '' : `, which has ${holder.holds}`
      onWait(`Waiting for another run to end${what}: ${holderInWords(holder)}.`)
    },
  })
}

function inWords(pids: readonly number[]): string {
  return pids.length === 1 ? `process ${pids[0]}` : `processes ${pids.join(', ')}`
}

function note(run: Run, level: 'INFO' | 'WARN' | 'ERROR', message: string): void {
  run.record({ type: 'note', level, message })
}

/** The command as a person typed it, near enough: `vitest run --config jarvis`. */
function commandLine(): string {
  const [, program = '', ...parameters] = process.argv
  const name = /vitest(\.mjs)?$/u.test(program) ? 'vitest' : relative(process.cwd(), program)
  return [name, ...parameters].join(' ')
}
