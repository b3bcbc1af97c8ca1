import { type Mistake, quote } from './mistakes.ts'
import { readModelUri } from './model-uri.ts'
import { nearest } from './nearest.ts'
import { modelNamed } from './model-roles.ts'
import { type Role, ROLES } from './roles.ts'
import type { Reading } from './source.ts'
import { listOf, member, statedLoadouts } from './stated.ts'
import type { ModelUri } from './types.ts'

/** A model for each role, as `roles` and `mapping` of a plan and then of a block of it state them. */
export function statedRoles(
  ...parts: readonly { roles?: unknown; mapping?: unknown }[]
): Map<Role, string> {
  const stated = new Map<Role, string>()
  for (const { roles, mapping } of parts) {
    for (const source of [mapping, roles]) {
      for (const role of ROLES) {
        const text = member(source, role)
        if (typeof text === 'string') stated.set(role, text)
      }
    }
  }
  return stated
}

/** Roles of models that no loadout has. Reads plans with other mistakes too. */
export function roleMistakes(reading: Reading): Mistake[] {
  const blocks = listOf(member(reading.value, 'execution'))
  const loadouts = [...statedLoadouts(reading.value)]
  const places = [
    { part: reading.value, path: [] as (string | number)[], models: loadouts },
    ...blocks.map((part, index) => ({
      part,
      path: ['execution', index],
      models: loadouts.filter(({ path }) => path[1] === index),
    })),
  ]
  return places.flatMap(({ part, path, models }) => {
    const texts = [...new Set(models.flatMap((loadout) => loadout.texts))]
    const uris = texts.flatMap(uriOf)
    if (uris.length < texts.length) return []
    return [...statedRoles({ roles: member(part, 'roles') })]
      .filter(([, text]) => text !== '' && modelNamed(text, uris) === -1)
      .map(([role, text]) => ({
        place: reading.placeOf([...path, 'roles', role]),
        message: `no loadout here has the model ${quote(text)}`,
        expected: `one of: ${texts.join(', ')}`,
        meant: nearest(text, texts),
      }))
  })
}

function uriOf(text: string): ModelUri[] {
  const read = readModelUri(text)
  return 'uri' in read ? [read.uri] : []
}
