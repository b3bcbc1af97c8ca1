import type { Place } from './mistakes.ts'
import { isKnownFlag } from './model-flags.ts'
import { readModelUri } from './model-uri.ts'
import type { Path, Reading } from './source.ts'
import { statedLoadouts } from './stated.ts'

/** A comment behind a model, as YAML takes it, that was meant as its flags. */
interface FlagComment {
  /** `#stream`. */
  flags: string
  /** What was meant: `sim://small#stream`. */
  meant: string
  place: Place
}

/** Behind a model, and behind the list that it ends; flags hold no blanks. */
const COMMENT = /^([ \t]*[\]},]*[ \t]+)((?:#[A-Za-z_-]+(?:=[^\s#]+)?)+)[ \t]*$/

/** The flags that stand behind a model with a blank before them; null where there are none. */
export function flagComment(reading: Reading, path: Path, model: string): FlagComment | null {
  const read = readModelUri(model)
  const { text, placeOf } = reading.behind(path)
  const [, before = '', flags] = COMMENT.exec(text) ?? []
  if (flags === undefined || !('uri' in read)) return null
  const { engine } = read.uri
  const names = flags.slice(1).split('#')
  if (!names.every((flag) => flag.includes('=') || isKnownFlag(engine, flag))) return null
  const from = before.length
  return { flags, meant: model + flags, place: placeOf({ from, to: from + flags.length }) }
}

/** A warning for each comment behind a model that was meant as a flag, with its place. */
export function flagCommentWarnings(reading: Reading, file: string): string[] {
  const warnings = new Set<string>()
  for (const { texts, places } of statedLoadouts(reading.value)) {
    for (const [index, model] of texts.entries()) {
      const found = flagComment(reading, places[index]!, model)
      if (found === null) continue
      const { flags, meant, place } = found
      warnings.add(
        `${file}:${place.line}:${place.column}  ${flags} is a comment, as a blank stands before it. For the flag write ` +
          `${meant}`,
      )
    }
  }
  return [...warnings]
}
