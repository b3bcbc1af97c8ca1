import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { JarvisError } from '../errors.ts'
import { loadoutKey, type LoadoutName, stemWithin } from '../events/index.ts'
import { relationTo } from '../host/host-identity.ts'
import type { Plan } from '../plan/index.ts'
import type { EngineContext } from '../services/engine.ts'
import { readState, recoverSession, type SessionState } from '../session/index.ts'
import { scenarioDigests } from '../session/machine/scenario-digests.ts'
import { elsewhereOf, elsewhereText, lifeOfRun, mayLive } from '../session/lock/life.ts'
import { changesSince } from '../session/resume/changes.ts'
import { idPrefix, type LeftTests, leftTests } from '../session/resume/left-tests.ts'
import { recordedFacts } from '../session/resume/recorded-facts.ts'
import { fileKey, readResumePoint, type ResumePoint } from '../session/resume/resume-point.ts'
import { resumeCommand } from '../session/resume-command.ts'
import type { PlannedProject } from './projects.ts'

/** Which session is to go on, and how. */
export interface ResumeWish {
  /** Absolute path of its directory. */
  directory: string
  /** What has failed is to run again as well. */
  failed: boolean
  /** It is to go on although something has changed. */
  force: boolean
  /** Also one of another host: a scheduler gives a part to whichever node is free. */
  evenOfAnotherHost?: boolean
}

/** What a run that goes on has still to do. */
export interface Resumption extends Pick<ResumeWish, 'failed'> {
  point: ResumePoint
  /** What has changed since it began, a sentence each: only where somebody wants it to go on all the same. */
  changed: string[]
  /** What is left, by the names of projects and the paths of their files; what is not named has all its results. */
  left: ReadonlyMap<string, ReadonlyMap<string, LeftTests>>
}

interface Project {
  plan: Plan
  projects: readonly PlannedProject[]
  root: string
}

/**
 * The directory of the session that `JARVIS_RESUME` names, by its name or a path.
 *
 * @throws JarvisError USAGE where there is none
 */
export function resumedDirectory(named: string, { logs, root }: { logs: string; root: string }) {
  const paths = [join(logs, named), resolve(root, named)]
  const found = paths.find((path) => existsSync(join(path, 'events.jsonl')))
  // `latest` is a link: what is told of the session has its own name.
  if (found !== undefined) return ownPath(found)
  const what = `There is no session ${named} with a journal in ${relative(root, logs) || logs}`
  throw new JarvisError('USAGE', `${what}, so JARVIS_RESUME cannot resume it. See: jarvis list`)
}

/** A link in a folder of sessions that leads to another one of it, followed; the folders above stay as they are named. */
function ownPath(path: string): string {
  const own = join(dirname(path), basename(realpathSync(path)))
  return existsSync(join(own, 'events.jsonl')) ? own : path
}

/**
 * What is left to run of a session, whose run is over. One that died is completed first.
 *
 * @throws JarvisError RUN_LOCKED for one that goes on, USAGE for one of another host, for one that is damaged or ran something
 * else than what would run now
 */
export async function planResumption(
  { directory, failed, force, evenOfAnotherHost = false }: ResumeWish,
  project: Project,
): Promise<Resumption> {
  const name = basename(directory)
  const state = await readState(directory)
  if (state !== null) requireOver(directory, state, evenOfAnotherHost)
  let point = await readResumePoint(directory)
  if (point.run.begin?.imported !== undefined) {
    const what = `${name} was made of what another runner wrote (jarvis import)`
    throw new JarvisError('USAGE', `${what}: it cannot be resumed. Start a new run: jarvis run`)
  }
  if (point.run.begin?.merged !== undefined) {
    const what = `${name} was merged of the sessions of parts`
    const advice = 'Resume the part, then merge again: jarvis merge'
    throw new JarvisError('USAGE', `${what}: it cannot be resumed. ${advice}`)
  }
  if (point.run.end === null) {
    await recoverSession(directory, 'recovery', { evenOfAnotherHost })
    point = await readResumePoint(directory)
  }
  const left = await leftOf(point, project, failed)
  const changed = [...point.damage, ...(await changesOf(point, project, left))]
  if (changed.length > 0 && !force) {
    const list = changed.map((sentence) => `  ${sentence}.`).join('\n')
    const what = `${name} cannot be resumed as it is:\n${list}`
    const advice = `To go on all the same, with a note on each result: ${resumeCommand(name)} --force`
    throw new JarvisError('USAGE', `${what}\nStart a new run: jarvis run. ${advice}`)
  }
  return { point, changed, left, failed }
}

/** How many loadouts have something left, and which. */
export function loadoutsLeft(
  { left }: Pick<Resumption, 'left'>,
  projects: readonly PlannedProject[],
): PlannedProject[] {
  return projects.filter(({ name }) => (left.get(name)?.size ?? 0) > 0)
}

function requireOver(directory: string, state: SessionState, evenOfAnotherHost: boolean): void {
  const name = basename(directory)
  const { host } = state
  const life = lifeOfRun(directory, state)
  const elsewhere = elsewhereOf(life)
  const isOver = evenOfAnotherHost && (state.status !== 'running' || elsewhere?.alive === false)
  if (!isOver && (elsewhere !== null || (host && relationTo(host) === 'other'))) {
    const how =
      elsewhere !== null && state.status === 'running' ? `, ${elsewhereText(elsewhere)}` : ''
    const what = `${name} is of the host ${host?.name ?? 'that it names'}${how}`
    const advice = `Models, speed and processes are its own: resume it there, with ${resumeCommand(name)}`
    throw new JarvisError('USAGE', `${what}. ${advice}`)
  }
  if (state.status !== 'running' || !mayLive(life)) return
  const what = `${name} still goes on (process ${state.pid})`
  throw new JarvisError('RUN_LOCKED', `${what}: wait for its end or stop it, then resume it.`)
}

async function leftOf(
  point: ResumePoint,
  { plan, projects, root }: Project,
  failed: boolean,
): Promise<Resumption['left']> {
  const there = await thereByNow(point, projects, { plan, root, env: process.env })
  const wanted = { failed, isThere: (loadout: LoadoutName) => there.has(loadoutKey(loadout)) }
  const left = new Map<string, ReadonlyMap<string, LeftTests>>()
  for (const { name, domain, loadout, files } of projects) {
    const ofProject = new Map<string, LeftTests>()
    for (const path of files) {
      const file = relative(root, path).replaceAll('\\', '/')
      const known = point.files.get(fileKey({ domain, loadout: loadout.name, file }))
      const prefix = idPrefix({ domain, title: loadout.title }, stemWithin(file, domain))
      const ofFile = leftTests(known, prefix, wanted)
      if (ofFile !== null) ofProject.set(path, ofFile)
    }
    if (ofProject.size > 0) left.set(name, ofProject)
  }
  return left
}

/** Loadouts that lacked a model or its engine, and have all of them by now. */
async function thereByNow(
  point: ResumePoint,
  projects: readonly PlannedProject[],
  context: EngineContext,
): Promise<Set<string>> {
  const lacking = new Set(
    [...point.files.values()]
      .filter(({ results }) => results.some(({ status, wasUp }) => status === 'MISSING' && !wasUp))
      .map((file) => loadoutKey(file)),
  )
  if (lacking.size === 0) return lacking
  const { isHere } = await import('../services/engines/is-here.ts')
  const found = await Promise.all(
    projects.map(async ({ domain, loadout }) => {
      const key = loadoutKey({ domain, loadout: loadout.name })
      if (!lacking.has(key)) return []
      const models = await Promise.all(loadout.models.map((model) => isHere(model, context)))
      return models.every(Boolean) ? [key] : []
    }),
  )
  return new Set(found.flat())
}

async function changesOf(
  point: ResumePoint,
  { plan, projects, root }: Project,
  left: Resumption['left'],
): Promise<string[]> {
  const names = projects
    .filter(({ name }) => left.has(name))
    .flatMap(({ loadout }) => loadout.models.map(({ engine }) => engine))
  const { engineVersions } = await import('../services/engines/versions.ts')
  const [recorded, scenarios, engines] = await Promise.all([
    recordedFacts(point.directory),
    scenarioDigests(root).catch(() => ({})),
    engineVersions(names, { plan, root, env: process.env }),
  ])
  const { run, told } = point
  const files = projects.flatMap((project) =>
    project.files.map((path) => relative(root, path).replaceAll('\\', '/')),
  )
  const withResults = new Set([...point.files.values()].map(({ file }) => file))
  const planSha256 = run.begin?.plan_sha256 ?? recorded.planSha256
  const ran = { plan: { file: run.begin?.plan.file ?? '' }, files: withResults, told }
  return changesSince({ ...recorded, planSha256 }, ran, {
    plan,
    files: [...new Set(files)],
    scenarios,
    engines,
  })
}
