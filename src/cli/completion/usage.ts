/** An option of a command, as its help tells it. */
export interface KnownOption {
  /** Without the dashes. */
  name: string
  /** One letter; null where it has none. */
  short: string | null
  /** What its value is called: `FILE`, `csv|jsonl`; null where it takes none. */
  value: string | null
  description: string
}

/** What a command takes. */
export interface Usage {
  options: KnownOption[]
  /** What may stand at each place, for each way to call it: `SESSION`, or a word such as `set`. */
  ways: string[][]
}

const OPTION =
  /(?:^|[\s[])(?:-(\w), )?--([a-z][\w-]*)(?: (?!\|)("[^"]*"|[A-Z][A-Z]*|[a-z]+(?:\|[a-z]+)+|[\d.]+%?))?/gu
/** `  --keep N   whole-plan runs`: what stands before two blanks, and what it means. */
const DESCRIBED = /^\s*(-.*?)\s{2,}(\S.*)$/u

/**
 * What the help of a command says of it: the one place where options, their values and what they mean are written for people
 * is read by the machine as well.
 */
export function usageOf(help: string): Usage {
  const lines = help.split('\n')
  const end = lines.indexOf('')
  const usage = lines.slice(0, end === -1 ? lines.length : end)
  const options = new Map<string, KnownOption>()
  const add = (text: string, description: string): void => {
    for (const [, short = null, name = '', value = null] of text.matchAll(OPTION)) {
      const known = options.get(name) ?? { name, short, value, description }
      const more = { short: known.short ?? short, value: known.value ?? value }
      options.set(name, { ...known, ...more, description: known.description || description })
    }
  }
  for (const line of usage) add(line, '')
  for (const line of lines.slice(usage.length)) {
    const [, option = '', description = ''] = DESCRIBED.exec(line) ?? []
    add(option, description)
  }
  return { options: [...options.values()], ways: usage.flatMap((line) => wayOf(line)) }
}

/** `       jarvis baseline set [NAME] [SESSION]` → `set`, `NAME`, `SESSION`; `SESSION ...` may come again. */
function wayOf(line: string): string[][] {
  const found = /^(?:Usage:)?\s*jarvis \w+(.*)$/u.exec(line)
  if (found === null) return []
  const rest = found[1]!.replaceAll(OPTION, ' ').replaceAll(/\[arguments of [^\]]*\]/gu, ' ')
  const words = rest.match(/[A-Z]+(?:\.yaml)?…?|[a-z]{3,}|\.\.\./gu) ?? []
  const way: string[] = []
  for (const word of words) {
    if (word === '...' && way.length > 0) way.push(`${way.pop()!}…`)
    else if (word !== '...') way.push(word)
  }
  return [way]
}

/** What may stand after these words, for each way that they fit. */
export function placesAfter({ ways }: Usage, before: readonly string[]): string[] {
  const places = ways.flatMap((way) => {
    const fits = before.every((word, at) => {
      const place = way[at] ?? way.at(-1)
      return place === undefined || place !== place.toLowerCase() || place === word
    })
    if (!fits) return []
    const last = way.at(-1)
    return way[before.length] ?? (last?.endsWith('…') === true ? last : [])
  })
  return [...new Set(places.map((place) => place.replace('…', '')))]
}
