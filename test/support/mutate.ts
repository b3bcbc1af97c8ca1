import { Buffer } from 'node:buffer'

/** What texts of files are cut with: what parsers, regular expressions and objects stumble over. */
const SPLINTERS: readonly string[] = [
  'null',
  'true',
  '-0',
  '1e999',
  '9007199254740993',
  '[]',
  '{}',
  '""',
  '[[[[[[[[[[[[[[[[[[[[[[',
  '{"a":{"a":{"a":{"a":',
  '"__proto__":',
  '"constructor":',
  '"toString"',
  '\u0000',
  '\u001b[2J',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\\ud800',
  '\\u0000',
  '\n',
  '\r\n',
  ',',
  ':',
  '- ',
  '&a ',
  '*a',
  '<<: ',
  '!!binary ',
  '!<tag:yaml.org,2002:js/function> ',
  '|\n',
  '? ',
  '${HOME}',
  '#',
  '%',
  '://',
  '\t',
  '"',
  "'",
  '9999-99-99T99:99:99Z',
  'a'.repeat(5_000),
  '['.repeat(2_000),
  '{"a":'.repeat(500),
  '('.repeat(1_000),
  ' '.repeat(3_000),
]

/** Bytes made of those of a file by some changes that chance chooses. */
export function mutated(seeds: readonly Buffer[], random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit)
  const one = <Value>(values: readonly Value[]): Value => values[below(values.length)]!
  let bytes: Buffer = Buffer.from(one(seeds))
  for (let changes = 1 + below(6); changes > 0; changes -= 1) {
    bytes = changed(bytes, seeds, below, one)
  }
  return bytes
}

type One = <Value>(values: readonly Value[]) => Value

function changed(
  bytes: Buffer,
  seeds: readonly Buffer[],
  below: (limit: number) => number,
  one: One,
): Buffer {
  const at = below(bytes.length + 1)
  const length = below(Math.min(bytes.length - at, 1 + below(200)) + 1)
  const [before, cut, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ]
  switch (below(9)) {
    case 0: {
      const flipped = Buffer.from(bytes)
      if (at < flipped.length) flipped[at] = flipped[at]! ^ (1 << below(8))
      return flipped
    }
    case 1:
      return Buffer.concat([before, after])
    case 2:
      return Buffer.concat([before, cut, cut, cut, after])
    case 3:
      return Buffer.concat([before, Buffer.from(one(SPLINTERS)), after])
    case 4:
      return before
    case 5:
      return Buffer.concat([before, Buffer.from([below(256), below(256)]), after])
    case 6: {
      const other = one(seeds)
      return Buffer.concat([before, other.subarray(below(other.length + 1))])
    }
    case 7:
      return inPlaceOfValue(bytes, one(SPLINTERS), below)
    default:
      return Buffer.concat([before, Buffer.alloc(length), after])
  }
}

/** One of the values of JSON or YAML is another one. */
function inPlaceOfValue(bytes: Buffer, splinter: string, below: (limit: number) => number): Buffer {
  const text = bytes.toString('latin1')
  const values = [...text.matchAll(/(?<=: ?)(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)/g)]
  const value = values[below(values.length)]
  if (value === undefined) return bytes
  const head = text.slice(0, value.index)
  const tail = text.slice(value.index + value[0].length)
  return Buffer.concat([
    Buffer.from(head, 'latin1'),
    Buffer.from(splinter),
    Buffer.from(tail, 'latin1'),
  ])
}
