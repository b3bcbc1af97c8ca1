import { JarvisError } from '../errors.ts'

/** Each fault and whether it takes a number after a colon. */
const FAULTS = {
  'exit-after': 'required',
  hang: 'optional',
  '500': 'optional',
  garbled: 'optional',
  'slow-start': 'required',
  'crash-starting': 'none',
  'crash-loading': 'none',
  'port-taken': 'none',
  'no-model': 'none',
  flood: 'required',
  'ignore-sigterm': 'none',
  child: 'none',
  'child-setsid': 'none',
} as const

/** The names of all faults. */
export const faultNames: readonly string[] = Object.keys(FAULTS)

/** Each fault as it is written: `hang[:N]`. */
export const faultForms: readonly string[] = Object.entries(FAULTS).map(([name, takes]) => {
  if (takes === 'none') return name
  return takes === 'required' ? `${name}:N` : `${name}[:N]`
})

export type FaultName = keyof typeof FAULTS

/** The faults that are on, each with its number: 1 where none was given. */
export type Faults = ReadonlyMap<FaultName, number>

/** Reads `NAME`, `NAME:NUMBER`, or several of them separated by commas. Throws a USAGE error. */
export function parseFaults(texts: readonly string[]): Faults {
  const faults = new Map<FaultName, number>()
  for (const text of texts.flatMap((list) => list.split(','))) {
    const [name = '', argument] = text.trim().split(/:(.*)/s)
    if (!isFault(name)) {
      const names = faultNames.join(', ')
      throw new JarvisError('USAGE', `Unknown fault "${name}". The faults are: ${names}.`)
    }
    faults.set(name, numberOf(name, argument))
  }
  return faults
}

/** Whether {@link parseFaults} takes it. */
export function isFaultList(text: string): boolean {
  try {
    parseFaults([text])
    return true
  } catch {
    return false
  }
}

function isFault(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name)
}

function numberOf(name: FaultName, argument: string | undefined): number {
  const takes = FAULTS[name]
  if (argument === undefined && takes !== 'required') return 1
  const value = Number(argument)
  if (takes === 'none') {
    throw new JarvisError('USAGE', `The fault "${name}" takes no number, got "${argument}".`)
  }
  if (!argument || !(value > 0) || !Number.isFinite(value)) {
    const got = argument ?? 'nothing'
    throw new JarvisError('USAGE', `Expected "${name}:N" with a number above 0, got ${got}.`)
  }
  return value
}
