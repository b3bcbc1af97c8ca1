import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { JarvisError, messageOf } from '../errors.ts'
import { fromHome } from '../host/home-folder.ts'
import { type Mistake, planInvalid } from './mistakes.ts'
import { nearest } from './nearest.ts'
import { MAX_PLAN_BYTES, oversizeMistake, parsePlan, type PlanFile } from './parse.ts'
import type { ScenarioFiles } from './scenarios.ts'
import type { Plan } from './types.ts'

export interface LoadOptions {
  /** Path of the plan, absolute or from `root`. */
  file: string
  /** The project's folder, absolute. */
  root: string
  /** Where `${NAME}` is looked up. @default process.env */
  env?: NodeJS.ProcessEnv
  /** The scenarios that there are; absent: whether the plan names others is not looked at. */
  scenarios?: ScenarioFiles
}

const SHARED_SERVICES = 'services.yaml'
const SAVED = 'a file saved as UTF-8'

/**
 * Reads a plan, and the `services.yaml` beside it where there is one.
 *
 * @throws JarvisError PLAN_NOT_FOUND with the plans that exist; PLAN_INVALID with all mistakes
 */
export async function loadPlan({
  file,
  root,
  env = process.env,
  scenarios,
}: LoadOptions): Promise<Plan> {
  const shown = file.replaceAll('\\', '/')
  const path = resolve(root, fromHome(file, env))
  const plan = await readText(path, shown)
  if (plan === null) throw await planNotFound(shown, root)
  const beside = shown.slice(0, shown.length - basename(shown).length) + SHARED_SERVICES
  const sharedPath = join(dirname(path), SHARED_SERVICES)
  const shared = sharedPath === path ? null : await readText(sharedPath, beside)
  try {
    return parsePlan(plan.text, shown, { env, sharedServices: shared ?? undefined, scenarios })
  } catch (error) {
    throw await withOtherScenarios(error, root)
  }
}

/** Whoever comes from another runner has scenarios, which are none here: that is said where a plan misses some. */
async function withOtherScenarios(error: unknown, root: string): Promise<unknown> {
  const misses = error instanceof JarvisError && /no scenarios? of/.test(error.message)
  const found = misses ? await yamlScenarios(join(root, 'scenarios')) : undefined
  if (found === undefined) return error
  const path = `scenarios/${found}`
  const what = `${path} has scenarios of another runner (turns: send, expect).`
  const advice = `What to write instead: npx --no-install jarvis import ${path}`
  return new JarvisError('PLAN_INVALID', `${messageOf(error)}\n\n${what} ${advice}`)
}

/** The first YAML file below a folder whose scenarios have turns. */
async function yamlScenarios(folder: string): Promise<string | undefined> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  for (const name of names.filter((one) => /\.ya?ml$/.test(one)).toSorted()) {
    // oxlint-disable-next-line no-await-in-loop -- the first one will do
    const text = await readFile(join(folder, name), 'utf8').catch(() => '')
    if (/^\s+turns:/m.test(text)) return name.replaceAll('\\', '/')
  }
  return undefined
}

/** Null when there is no such file. */
async function readText(path: string, file: string): Promise<PlanFile | null> {
  try {
    const { size } = await stat(path)
    if (size > MAX_PLAN_BYTES) throw invalid(file, '', oversizeMistake())
    return { file, text: decode(await readFile(path), file) }
  } catch (error) {
    if (error instanceof JarvisError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    const reason = code === 'EISDIR' ? 'it is a folder' : messageOf(error)
    throw new JarvisError('PLAN_NOT_FOUND', `The plan ${file} can't be read: ${reason}.`, {
      cause: error,
    })
  }
}

function decode(bytes: Uint8Array, file: string): string {
  if (isUtf16(bytes)) {
    const place = { line: 1, column: 1, length: 1 }
    throw invalid(file, '', { place, message: 'the file is UTF-16', expected: SAVED })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    const text = new TextDecoder().decode(bytes)
    const lines = text.slice(0, text.indexOf('\uFFFD')).split('\n')
    const place = { line: lines.length, column: (lines.at(-1) ?? '').length + 1, length: 1 }
    throw invalid(file, text, { place, message: 'this is not UTF-8', expected: SAVED })
  }
}

/** By its mark, else by the zeros of its Latin letters: a plan begins with some. */
function isUtf16(bytes: Uint8Array): boolean {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return true
  }
  const start = [...bytes.subarray(0, 64)]
  const zeros = (rest: number): number =>
    start.filter((byte, index) => byte === 0 && index % 2 === rest).length
  const [even, odd] = [zeros(0), zeros(1)]
  return Math.max(even, odd) > start.length / 4 && Math.min(even, odd) < start.length / 16
}

function invalid(file: string, text: string, mistake: Mistake): JarvisError {
  return planInvalid([{ file, text, mistakes: [mistake] }])
}

/** That there is no such plan, with the plans that there are. */
export async function planNotFound(file: string, root: string): Promise<JarvisError> {
  const names = await readdir(join(root, 'plans')).catch(() => [])
  const plans = names
    .filter((name) => /\.ya?ml$/.test(name) && name !== SHARED_SERVICES)
    .map((name) => `plans/${name}`)
    .toSorted()
  const missing = `There is no plan ${file} in ${root}.`
  if (plans.length === 0) {
    const advice = 'The folder plans/ holds none either. Write one: npx --no-install jarvis init'
    return new JarvisError('PLAN_NOT_FOUND', `${missing} ${advice}`)
  }
  const stem = (path: string): string => basename(path, extname(path))
  const meant = nearest(stem(file), plans.map(stem))
  const guess = meant === undefined ? '' : plans.find((plan) => stem(plan) === meant)
  const question = guess ? ` Did you mean ${guess}?` : ''
  return new JarvisError('PLAN_NOT_FOUND', `${missing} There are: ${plans.join(', ')}.${question}`)
}
