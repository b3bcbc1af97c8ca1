import { type Domain, isKnownDomain } from '../events/domain.ts'

/** What a scenario needs a model for. */
export const ROLES = ['llm', 'vlm', 'stt', 'tts', 'embed', 'rerank'] as const
export type Role = (typeof ROLES)[number]

/** Stages of speech-to-speech, in the order in which a plan lists their models. */
const STAGES: readonly Role[] = ['stt', 'llm', 'tts']

/** What is known of a model of a loadout: what the plan gives it, and what it says of itself. */
export interface ModelRoles {
  given?: readonly Role[]
  own?: readonly Role[]
}

/** A model as one that may play a role. */
export interface Player extends ModelRoles {
  /** Whether it can be asked at all. */
  answers: boolean
}

/**
 * The index of who plays a role: by the plan, else by what models say of themselves, else by the order in which they
 * stand: in `sts` and in a domain of one's own that of the stages of speech-to-speech which nobody else plays,
 * elsewhere the first. Beside a voice that is the voice itself, and the next one is who hears it. Null: nobody does.
 */
export function playerOf(role: Role, domain: Domain, players: readonly Player[]): number | null {
  const given = players.findIndex((player) => player.given?.includes(role))
  if (given !== -1) return players[given]!.answers ? given : null
  const free = [...players.keys()].filter((index) => {
    const player = players[index]!
    return player.answers && (player.given ?? []).length === 0
  })
  const telling = free.find((index) => players[index]!.own?.includes(role))
  if (telling !== undefined) return telling
  const silent = free.filter((index) => players[index]!.own === undefined)
  const ordered =
    isKnownDomain(domain) && domain !== 'sts'
      ? byPlace(role, domain, silent)
      : byStage(role, domain, players, silent)
  return ordered ?? besidesItsRole(role, players)
}

function byPlace(role: Role, domain: Domain, silent: readonly number[]): number | null {
  const [first = null, second = first] = silent
  return domain === 'tts' && role === 'stt' ? second : first
}

function byStage(
  role: Role,
  domain: Domain,
  players: readonly Player[],
  silent: readonly number[],
): number | null {
  const [first = null] = silent
  if (players.length === 1 || !STAGES.includes(role)) return first
  const played = players.flatMap(({ given = [], own = [] }) => [...given, ...own])
  const left = STAGES.filter((stage) => !played.includes(stage))
  if (silent.length === left.length) return silent[left.indexOf(role)] ?? null
  // Fewer or more than the stages: nothing says who is who.
  if (domain === 'sts') return null
  return role === 'tts' ? (silent.at(-1) ?? null) : first
}

/** Who has another role by the plan, and can play this one too. */
function besidesItsRole(role: Role, players: readonly Player[]): number | null {
  const index = players.findIndex(
    ({ answers, own = [], given = [] }) =>
      answers && (own.includes(role) || (role === 'llm' && given.includes('vlm'))),
  )
  return index === -1 ? null : index
}
