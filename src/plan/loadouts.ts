import { safeName } from '../host/safe-name.ts'
import { flagComment } from './flag-comments.ts'
import type { Mistake } from './mistakes.ts'
import { canonicalUri, parseModelUri, readModelUri } from './model-uri.ts'
import type { Reading } from './source.ts'
import { statedLoadouts } from './stated.ts'
import type { EngineName, Loadout, ModelUri } from './types.ts'

/** A loadout of valid URIs. `taken` holds the lower-case names of its domain so far; its own is added. */
export function buildLoadout(texts: string[], taken: Set<string>): Loadout {
  const models = texts.map((text) => parseModelUri(text))
  const title = models.map(({ text }) => text).join(' + ')
  const wanted = safeName(models.map((model) => modelName(model)).join('_'))
  let name = wanted
  // Many file systems do not tell upper from lower case.
  for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${wanted}_${count}`
  taken.add(name.toLowerCase())
  return { name, title, models }
}

/** The loadouts that a domain names twice, each with the line of the first. Reads plans with other mistakes too. */
export function duplicateLoadouts(reading: Reading): Mistake[] {
  const first = new Map<string, number>()
  const mistakes: Mistake[] = []
  for (const { domain, texts, path, places } of statedLoadouts(reading.value)) {
    const models = texts.flatMap((text) => {
      const read = readModelUri(text)
      return 'uri' in read ? [read.uri] : []
    })
    if (models.length === 0 || models.length < texts.length) continue
    const key = JSON.stringify([domain, models.map((model) => canonicalUri(model))])
    const place = reading.placeOf(path)
    const line = first.get(key)
    if (line === undefined) first.set(key, place.line)
    else {
      const message = `${domain} has this loadout already on line ${line}`
      const expected = 'each loadout of a domain once; repeats in the settings runs it more often'
      const commented = texts.map((text, index) => flagComment(reading, places[index]!, text))
      mistakes.push({ place, message, expected, meant: commented.find(Boolean)?.meant })
    }
  }
  return mistakes
}

/** Engines whose names are those of services in the plan. */
const definedEngines: ReadonlySet<EngineName> = new Set(['native', 'cli'])

/** The names of the services that a plan's loadouts use. Reads plans with mistakes too. */
export function serviceNames(value: unknown): Set<string> {
  const names = new Set<string>()
  for (const { texts } of statedLoadouts(value)) {
    for (const text of texts) {
      const read = readModelUri(text)
      if ('uri' in read && definedEngines.has(read.uri.engine)) names.add(read.uri.name)
    }
  }
  return names
}

function modelName({ engine, name, flags }: ModelUri): string {
  const parts = Object.entries(flags).map(([key, value]) =>
    value === true ? `-${key}` : `-${key}-${value}`,
  )
  return `${engine}-${name}${parts.join('')}`
}
