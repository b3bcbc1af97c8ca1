/** A number and the ending that its word has: `[3, 'rd']`. */
export type Suffixed = readonly [number: bigint, suffix: string]

/** What a lonely 1 is written as. */
export const LITERAL = 'one'

export const ZEROS = new Set(['o', 'oh', 'zero'])

const ONE_TO_NINETEEN =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen ' +
  'sixteen seventeen eighteen nineteen'

export const ONES = new Map(
  ONE_TO_NINETEEN.split(' ').map((name, index) => [name, index + 1] as const),
)

export const TENS = new Map(
  'twenty thirty forty fifty sixty seventy eighty ninety'
    .split(' ')
    .map((name, index) => [name, (index + 2) * 10] as const),
)

export const MULTIPLIERS = new Map([
  ['hundred', 100n],
  ...(
    'thousand million billion trillion quadrillion quintillion sextillion septillion octillion ' +
    'nonillion decillion'
  )
    .split(' ')
    .map((name, index) => [name, 1000n ** BigInt(index + 1)] as const),
] as const)

const IRREGULAR = new Map<string, Suffixed>([
  ['zeroth', [0n, 'th']],
  ['first', [1n, 'st']],
  ['second', [2n, 'nd']],
  ['third', [3n, 'rd']],
  ['fifth', [5n, 'th']],
  ['twelfth', [12n, 'th']],
])

export const ONES_SUFFIXED = new Map<string, Suffixed>([
  ...[...ONES].map(([name, value]) => {
    return [name === 'six' ? 'sixes' : `${name}s`, [BigInt(value), 's']] as const
  }),
  ...IRREGULAR,
  ...[...ONES]
    .filter(([, value]) => value > 3 && value !== 5 && value !== 12)
    .map(([name, value]) => {
      return [`${name}${name.endsWith('t') ? 'h' : 'th'}`, [BigInt(value), 'th']] as const
    }),
])

export const TENS_SUFFIXED = new Map<string, Suffixed>(
  [...TENS].flatMap(([name, value]) => [
    [name.replace('y', 'ies'), [BigInt(value), 's']] as const,
    [name.replace('y', 'ieth'), [BigInt(value), 'th']] as const,
  ]),
)

export const MULTIPLIERS_SUFFIXED = new Map<string, Suffixed>(
  [...MULTIPLIERS].flatMap(([name, value]) => [
    [`${name}s`, [value, 's']] as const,
    [`${name}th`, [value, 'th']] as const,
  ]),
)

export const DECIMALS = new Set([...ONES.keys(), ...TENS.keys(), ...ZEROS])

export const PRECEDING_PREFIXERS = new Map([
  ['minus', '-'],
  ['negative', '-'],
  ['plus', '+'],
  ['positive', '+'],
])

export const FOLLOWING_PREFIXERS = new Map([
  ['pound', '£'],
  ['pounds', '£'],
  ['euro', '€'],
  ['euros', '€'],
  ['dollar', '$'],
  ['dollars', '$'],
  ['cent', '¢'],
  ['cents', '¢'],
])

export const PREFIXES = new Set([...PRECEDING_PREFIXERS.values(), ...FOLLOWING_PREFIXERS.values()])

/** Every word that may be a part of a number. */
export const WORDS = new Set([
  ...ZEROS,
  ...ONES.keys(),
  ...ONES_SUFFIXED.keys(),
  ...TENS.keys(),
  ...TENS_SUFFIXED.keys(),
  ...MULTIPLIERS.keys(),
  ...MULTIPLIERS_SUFFIXED.keys(),
  ...PRECEDING_PREFIXERS.keys(),
  ...FOLLOWING_PREFIXERS.keys(),
  'per',
  'percent',
  'and',
  'double',
  'triple',
  'point',
])
