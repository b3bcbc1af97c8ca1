import { z } from 'zod'
import { JarvisError } from '../errors.ts'
import type { Domain } from '../events/index.ts'
import { secondsOf } from './duration.ts'
import {
  DEFAULT_UNCERTAIN,
  gateShape,
  gatesSchema,
  type GatesSource,
  noSlowerOf,
  shareOf,
  type Uncertain,
  uncertain,
} from './gate-schema.ts'
import type { BaselineSource } from './gate-schema.ts'
import { planInvalid } from './mistakes.ts'
import { nearest } from './nearest.ts'
import { readSource } from './source.ts'
import { validate } from './validate.ts'

/** What a run must hold to, or it fails. */
export type Gate = LimitGate | BaselineGate

interface Scope {
  /** As the plan has it: `max_wer`, `no_slower_than`. */
  name: string
  /** Only results of this domain; null: of all. */
  domain: Domain | null
  /** Only loadouts that this glob names; null: all. */
  loadout: string | null
}

/** A bound of a number. */
export interface LimitGate extends Scope {
  kind: 'limit'
  bound: 'max' | 'min'
  /** `failures`, `pass_rate`, or the key of a metric. */
  of: string
  limit: number
}

/** Another session that no loadout may be slower than. */
export interface BaselineGate extends Scope {
  kind: 'baseline'
  /** Name of a baseline, or of a session. */
  baseline: string
  /** A share: 0.1 is 10 %. */
  threshold: number
  /** What becomes of the run where nobody can tell whether it is slower. */
  uncertain: Uncertain
}

/** Every name that a gate may have. */
export const gateNames: readonly string[] = Object.keys(gateShape)

/** The gates of a plan, those of one mapping in the order of the schema. */
export function buildGates(source: GatesSource | undefined): Gate[] {
  const all = source === undefined ? [] : Array.isArray(source) ? source : [source]
  return all.flatMap(({ domain = null, loadout = null, uncertain: whole, ...limits }) =>
    Object.entries(limits).flatMap(([name, value]) =>
      value === undefined ? [] : [buildGate(name, value, { domain, loadout }, whole)],
    ),
  )
}

/** The gate of that name, and no more than a name; its limit was checked. */
function buildGate(
  name: string,
  value: number | string | BaselineSource,
  scope: Pick<Scope, 'domain' | 'loadout'>,
  ofAll: Uncertain = DEFAULT_UNCERTAIN,
): Gate {
  if (name === 'no_slower_than') {
    const own = noSlowerOf(value as string | BaselineSource)
    return { kind: 'baseline', name, uncertain: ofAll, ...own, ...scope }
  }
  const bound = name.startsWith('max_') ? 'max' : 'min'
  const duration = typeof value === 'string' ? secondsOf(value) : null
  const limit = duration ?? shareOf(value as number | string)
  return { kind: 'limit', name, bound, of: name.slice(4), limit, ...scope }
}

/**
 * Reads gates from a list such as `max_failures=0,max_wer=0.1,no_slower_than=baseline 10 %`. `uncertain=fail` among
 * them is of all.
 *
 * @param from - what the list was given as, for messages
 * @throws JarvisError USAGE with the mistake, what is known and what was probably meant
 */
export function parseGateList(list: string, from: string): Gate[] {
  const parts = list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part): [name: string, value: string | null] => {
      const [name = '', ...rest] = part.split('=')
      return [name.trim(), rest.length === 0 ? null : rest.join('=').trim()]
    })
  const stated = parts.findLast(([name]) => name === UNCERTAIN)
  const ofAll = stated && parseUncertain(stated[1], from)
  if (stated && !parts.some(([name]) => name === 'no_slower_than')) {
    const what = `${UNCERTAIN} of ${from} says what becomes of no_slower_than, which stands not beside it`
    throw new JarvisError(
      'USAGE',
      `${what}. Give both: no_slower_than=baseline 10 %,${UNCERTAIN}=${ofAll}`,
    )
  }
  const scope = { domain: null, loadout: null }
  return parts
    .filter(([name]) => name !== UNCERTAIN)
    .map(([name, value]) => buildGate(name, checkedValue(name, value, from), scope, ofAll))
}

/** No gate, but what becomes of those that cannot be told. */
const UNCERTAIN = 'uncertain'

/**
 * Reads what becomes of gates that nobody can tell.
 *
 * @throws JarvisError USAGE for anything but `pass` and `fail`
 */
export function parseUncertain(value: string | null, from: string): Uncertain {
  return checkedValue(UNCERTAIN, value, from) as Uncertain
}

function checkedValue(name: string, value: string | null, from: string): string | number {
  const known = Object.hasOwn(gateShape, name) ? gateShape[name] : undefined
  const schema = name === UNCERTAIN ? uncertain : known
  if (schema === undefined) {
    const names = [...gateNames, UNCERTAIN]
    const meant = nearest(name, names)
    const hint = meant === undefined ? `It knows: ${names.join(', ')}.` : `Did you mean ${meant}?`
    throw new JarvisError('USAGE', `${from} names an unknown gate ${JSON.stringify(name)}. ${hint}`)
  }
  const number = value === null || value === '' ? Number.NaN : Number(value)
  const given = Number.isNaN(number) ? (value ?? undefined) : number
  const checked = schema.safeParse(given)
  if (!checked.success) {
    const expected = expectedBy(checked.error.issues[0])
    const got = value === null ? 'nothing' : `\`${value}\``
    const subject = from.startsWith('--') ? from : `${name} of ${from}`
    throw new JarvisError('USAGE', `Expected ${subject} to be ${expected}, got ${got}.`)
  }
  return given as number | string
}

function expectedBy(issue: z.core.$ZodIssue | undefined): string {
  const fault = issue?.code === 'custom' ? (issue.params?.['fault'] as { expected?: string }) : null
  if (issue?.code === 'invalid_union') {
    const inner = issue.errors.flat().find(({ code }) => code === 'custom')
    if (inner !== undefined) return expectedBy(inner)
  }
  return fault?.expected ?? issue?.message ?? 'something else'
}

/** Gates of a plan with others beside them: one of the same name takes the place of the plan's where that is not narrowed. */
function mergeGates(own: readonly Gate[], added: readonly Gate[]): Gate[] {
  const replaced = new Set(added.map(({ name }) => name))
  const kept = own.filter(
    ({ name, domain, loadout }) => domain !== null || loadout !== null || !replaced.has(name),
  )
  return [...kept, ...added]
}

/**
 * The gates that hold: those of a plan and those that were added. A baseline that was chosen takes the place of any
 * other, and where nothing is compared with one, no loadout may be slower than it by a tenth.
 */
export function gatesInForce(
  own: readonly Gate[],
  added: readonly Gate[],
  chosen: string | null,
): Gate[] {
  const merged = mergeGates(own, added)
  if (chosen === null) return merged
  const scope = { domain: null, loadout: null }
  const gate = buildGate('no_slower_than', { baseline: chosen }, scope) as BaselineGate
  if (!merged.some(({ kind }) => kind === 'baseline')) return [...merged, gate]
  const { baseline } = gate
  return merged.map((one) => (one.kind === 'baseline' ? { ...one, baseline } : one))
}

/**
 * The gates in the text of a plan, whatever else stands there.
 *
 * @throws JarvisError PLAN_INVALID with the mistakes of its gates
 */
export function readGates(text: string, file: string, env: NodeJS.ProcessEnv): Gate[] {
  const reading = readSource(text, env, () => 'typed')
  if (reading.value === undefined) throw planInvalid([{ file, text, mistakes: reading.mistakes }])
  const checked = validate(z.looseObject({ gates: gatesSchema.optional() }), reading)
  if ('mistakes' in checked) throw planInvalid([{ file, text, mistakes: checked.mistakes }])
  return buildGates(checked.value.gates)
}
