import { createHash } from 'node:crypto'
import { knowSecrets } from '../host/secrets.ts'
import { flagCommentWarnings } from './flag-comments.ts'
import { gateDomainMistakes } from './gate-domains.ts'
import { buildGates } from './gates.ts'
import { buildLoadout, duplicateLoadouts, serviceNames } from './loadouts.ts'
import { type Mistake, type MistakenFile, placeKey, planInvalid } from './mistakes.ts'
import { planSchema, type PlanSource, scalarRule, sharedServicesSchema } from './schema.ts'
import { legacyKeys } from './schema-parts.ts'
import { modelNamed, rolesOf } from './model-roles.ts'
import { type ScenarioFiles, scenarioMistakes } from './scenarios.ts'
import type { ServiceSource } from './service-schema.ts'
import { buildServices } from './services.ts'
import { openaiKeys, type Secret, secretsOf } from './secrets.ts'
import { type Reading, readSource, type Taken } from './source.ts'
import type { Block, Plan } from './types.ts'
import { roleMistakes, statedRoles } from './stated-roles.ts'
import { validate } from './validate.ts'

/** A file's name, as messages show it, and its text. */
export interface PlanFile {
  file: string
  text: string
}

export interface ParseOptions {
  /** Where `${NAME}` is looked up. @default process.env */
  env?: NodeJS.ProcessEnv
  /** The `services.yaml` beside the plan, where there is one. */
  sharedServices?: PlanFile | undefined
  /** The scenarios that there are; absent: whether the plan names others is not looked at. */
  scenarios?: ScenarioFiles | undefined
}

/** Largest plan: parsing takes seconds from here on. */
export const MAX_PLAN_BYTES: number = 1024 * 1024

const SMALLEST = '{ domain: llm, loadouts: ["sim://small"] }'

/**
 * Reads the text of a plan. `file` is its name in messages and in the plan.
 *
 * @throws JarvisError PLAN_INVALID with all mistakes of the plan and of the shared services
 */
export function parsePlan(text: string, file: string, options: ParseOptions = {}): Plan {
  const env = options.env ?? process.env
  const plan = readPlan({ file, text }, env, options.scenarios)
  const shared = readShared(options.sharedServices, env, serviceNames(plan.reading?.value))
  // What is wrong with such a value is told without it.
  const secrets = keep(secretsOf([...(plan.reading?.taken ?? []), ...shared.taken], text))
  const wrong = [plan.wrong, shared.wrong].filter(({ mistakes }) => mistakes.length > 0)
  if (wrong.length > 0 || plan.source === null) throw planInvalid(wrong)
  const { source } = plan
  const services = buildServices(source.services, shared.services)
  const blocks = buildBlocks(source, services)
  secrets.push(...keep(openaiKeys(blocks, env)))
  return {
    name: source.name,
    description: source.description,
    file,
    text,
    sha256: sha256Of(text),
    ...(options.sharedServices && { servicesSha256: sha256Of(options.sharedServices.text) }),
    settings: source.settings,
    services,
    blocks,
    gates: buildGates(source.gates),
    ...(source.cluster && { cluster: source.cluster }),
    secrets: [...new Set(secrets.map(({ name }) => name))],
    legacy: legacyOf(source),
    warnings: [...warningsOf(source, blocks), ...flagCommentWarnings(plan.reading, file)],
  }
}

function keep(secrets: Secret[]): Secret[] {
  knowSecrets(secrets.map(({ value }) => value))
  return secrets
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

type Checked =
  | { source: PlanSource; reading: Reading; wrong: MistakenFile }
  | { source: null; reading: Reading | null; wrong: MistakenFile }

function readPlan(
  given: PlanFile,
  env: NodeJS.ProcessEnv,
  scenarios: ScenarioFiles | undefined,
): Checked {
  const { file, text } = withoutMark(given)
  const oversized = oversize(file, text)
  if (oversized !== null) return { source: null, reading: null, wrong: oversized }
  const reading = readSource(text, env, scalarRule)
  const form = [...reading.mistakes, ...reading.unfilled.map(({ mistake }) => mistake)]
  if (reading.value === undefined) {
    const mistakes = form.length > 0 ? withOdd(reading, form) : [emptyPlan()]
    return { source: null, reading, wrong: { file, text, mistakes } }
  }
  const checked = validate(planSchema, reading)
  const content = 'mistakes' in checked ? besidesForm(reading, checked.mistakes) : []
  const names = scenarios === undefined ? [] : scenarioMistakes(reading, scenarios)
  const besides = [
    ...duplicateLoadouts(reading),
    ...gateDomainMistakes(reading),
    ...roleMistakes(reading),
    ...names,
  ]
  const found = [...form, ...content, ...besides]
  const mistakes = withOdd(reading, found)
  const wrong = { file, text, mistakes }
  return 'value' in checked
    ? { source: checked.value, reading, wrong }
    : { source: null, reading, wrong }
}

/** A service that the plan does not use may lack its variables: they are some other plan's concern. */
function readShared(
  given: PlanFile | undefined,
  env: NodeJS.ProcessEnv,
  used: ReadonlySet<string>,
): { services: Record<string, ServiceSource>; taken: Taken[]; wrong: MistakenFile } {
  const none = { services: {}, taken: [] }
  if (given === undefined) return { ...none, wrong: { file: '', text: '', mistakes: [] } }
  const { file, text } = withoutMark(given)
  const oversized = oversize(file, text)
  if (oversized !== null) return { ...none, wrong: oversized }
  const reading = readSource(text, env, scalarRule)
  const concerning = reading.unfilled.filter(({ path }) => used.has(String(path[1])))
  const form = [...reading.mistakes, ...concerning.map(({ mistake }) => mistake)]
  const checked = reading.value === undefined ? null : validate(sharedServicesSchema, reading)
  const services = checked !== null && 'value' in checked ? checked.value.services : {}
  const content =
    checked !== null && 'mistakes' in checked ? besidesForm(reading, checked.mistakes) : []
  const taken = reading.taken.filter(({ path }) => used.has(String(path[1])))
  const mistakes = withOdd(reading, [...form, ...content])
  return { services, taken, wrong: { file, text, mistakes } }
}

/** A character that nobody sees is told in place of what comes of it on its line. */
function withOdd({ odd }: Reading, mistakes: Mistake[]): Mistake[] {
  const lines = new Set(odd.map(({ place }) => place.line))
  return [...odd, ...mistakes.filter(({ place }) => !lines.has(place.line))]
}

/** What is wrong with a value that could not even be read says nothing new. */
function besidesForm({ mistakes, unfilled, placeOf }: Reading, content: Mistake[]): Mistake[] {
  const unread = unfilled.flatMap(({ path, mistake: { place } }) => [place, placeOf(path)])
  const told = new Set([...mistakes.map(({ place }) => place), ...unread].map(placeKey))
  return content.filter(({ place }) => !told.has(placeKey(place)))
}

function withoutMark({ file, text }: PlanFile): PlanFile {
  return { file, text: text.replace(/^\uFEFF/, '') }
}

function oversize(file: string, text: string): MistakenFile | null {
  if (Buffer.byteLength(text) <= MAX_PLAN_BYTES) return null
  return { file, text: '', mistakes: [oversizeMistake()] }
}

/** What a plan larger than {@link MAX_PLAN_BYTES} is told. */
export function oversizeMistake(): Mistake {
  return {
    place: { line: 1, column: 1, length: 1 },
    message: 'the file is larger than 1 MiB',
    expected: 'a plan: is this the right file?',
  }
}

function emptyPlan(): Mistake {
  return {
    place: { line: 1, column: 1, length: 1 },
    message: 'the plan is empty',
    expected: `at least\n    name: First Plan\n    execution:\n      - ${SMALLEST}`,
  }
}

function buildBlocks(plan: PlanSource, services: Plan['services']): Block[] {
  const taken = new Map<string, Set<string>>()
  return plan.execution.map((source) => {
    const stated = statedRoles(plan, source)
    const names = taken.get(source.domain) ?? new Set<string>()
    taken.set(source.domain, names)
    const given = typeof source.loadouts === 'string' ? [source.loadouts] : source.loadouts
    const loadouts = given.map((models) => {
      const loadout = buildLoadout(typeof models === 'string' ? [models] : models, names)
      return { ...loadout, roles: rolesOf(loadout.models, source.domain, stated, services) }
    })
    const scenarios = patternsOf(source.scenarios)
    const legacy = legacyOf(source)
    const own = Object.keys(legacy).length > 0
    return { domain: source.domain, loadouts, scenarios, ...(own ? { legacy } : {}) }
  })
}

function patternsOf(scenarios: string | string[] | undefined): string[] | null {
  const given = typeof scenarios === 'string' ? [scenarios] : scenarios
  if (given === undefined || (given.length === 1 && given[0] === 'all')) return null
  return given.map((text) => (text === 'all' ? '*' : text))
}

function legacyOf(source: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(source).filter(([key]) => legacyKeys.includes(key)))
}

function warningsOf(source: PlanSource, blocks: readonly Block[]): string[] {
  const warnings: string[] = []
  const parts = [source, ...source.execution]
  const found = new Set(parts.flatMap((part) => Object.keys(legacyOf(part))))
  if (found.size > 0) {
    const keys = [...found].toSorted().map((key) => `"${key}"`)
    const models = blocks.flatMap(({ loadouts }) => loadouts.flatMap((one) => one.models))
    const mapped = parts
      .flatMap(({ mapping }) => [...statedRoles({ mapping })])
      .filter(([, text]) => modelNamed(text, models) !== -1)
    const roles = [...new Set(mapped.map(([role]) => role))].join(', ')
    const rest = roles === '' ? 'otherwise ignored' : `beyond the roles (${roles}) ignored`
    warnings.push(`${keys.join(' and ')}: passed to the scenarios, ${rest}.`)
  }
  if (!source.settings.purge_on_exit) {
    warnings.push(
      '"purge_on_exit: false" has no effect: the services of a run are always stopped at its end.',
    )
  }
  if (!source.settings.purge_on_entry && source.settings.purge.length > 0) {
    warnings.push('"purge" has no effect while "purge_on_entry" is false: nothing of it is ended.')
  }
  return warnings
}
