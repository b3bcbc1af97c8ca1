import { own } from '../../host/own.ts'
import type { OwnMeasure } from '../../events/index.ts'
import { type Better, metricOf } from '../../metrics/index.ts'
import type { NumberFormat } from './styles.ts'

/** What a column of a metric says of it. */
export interface Described {
  title: string
  unit: string
  better: Better
  /** Null where nobody defines it. */
  definition: string | null
  source: string | null
}

const FORMATS: Readonly<Record<string, NumberFormat>> = {
  s: 'seconds',
  '1/s': 'rate',
  GB: 'gigabytes',
  '0–1': 'ratio',
  '1': 'ratio',
  tokens: 'count',
}

/** A metric of the catalogue, else the author's own, else just a key that a result carries. */
export function describe(key: string, own: ReadonlyMap<string, OwnMeasure>): Described {
  const known = metricOf(key)
  if (known !== undefined) return known
  const measure = own.get(key)
  if (measure !== undefined) return { ...measure, definition: null, source: null }
  return { title: key, unit: '', better: null, definition: null, source: null }
}

export function formatOf(unit: string): NumberFormat {
  return own(FORMATS, unit) ?? 'general'
}

/** The title of a column, with the unit where it has one that a person would ask for. */
export function titleWithUnit({ title, unit }: Described): string {
  if (unit === '' || unit === '1' || unit === '0–1' || unit === 'tokens' || unit === '1/s')
    return title
  return `${title} [${unit}]`
}

/** What the note of a header says: definition, direction, source, and what stands in the bottom row. */
export function noteOf(
  { title, definition, better, source }: Described,
  bottom: string | null,
  isDerived = false,
  isDoubtful = false,
): string {
  const lines = [title, definition ?? 'A measure of the author of the scenario.']
  if (better !== null) lines.push(`${better === 'lower' ? 'Lower' : 'Higher'} is better.`)
  if (source !== null) lines.push(`As in: ${source}`)
  if (isDerived) lines.push('In italics: computed by the report from what the result states.')
  if (isDoubtful) lines.push('With ≈: in doubt by a flag of the result; it counts all the same.')
  if (bottom !== null) lines.push(`Bottom row: ${bottom}`)
  return lines.join('\n')
}
