const UNITS = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen ' +
  'fifteen sixteen seventeen eighteen nineteen'
).split(' ')
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')

/** Finds "seven", "twenty", "twenty-five", "hundred". */
export const NUMBER_WORDS: RegExp = new RegExp(
  `\\b(?:(?:${TENS.join('|')})(?:[- ](?:${UNITS.slice(1, 10).join('|')}))?|${UNITS.toReversed().join('|')}|(?:a |one )?hundred)\\b`,
  'gi',
)

/** The number that digits or a word such as "twenty-five" stand for; NaN for anything else. */
export function countOf(word: string): number {
  const plain = word.toLowerCase().trim()
  if (/^\d+$/.test(plain)) return Number(plain)
  if (plain.endsWith('hundred')) return 100
  const [tens = '', unit] = plain.split(/[- ]/)
  if (TENS.includes(tens)) return (TENS.indexOf(tens) + 2) * 10 + (unit ? countOf(unit) : 0)
  const index = UNITS.indexOf(plain)
  return index < 0 ? Number.NaN : index
}
