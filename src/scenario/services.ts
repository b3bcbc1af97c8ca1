import { JarvisError } from '../errors.ts'
import { playerOf, type Role } from '../plan/roles.ts'
import type { Lease, LeasedService } from '../services/leases/lease-protocol.ts'

/** Speech-to-text, the language model and text-to-speech. */
const STAGES = 3

/**
 * The service that plays a role in the loadout of the running file.
 *
 * @throws JarvisError USAGE when the loadout has none
 */
export function serviceFor(role: Role, lease: Lease): LeasedService {
  const { domain, services } = lease
  const players = services.map((service) => ({ ...service, answers: canAnswer(service) }))
  const index = playerOf(role, domain, players)
  if (index !== null) return services[index] as LeasedService
  const isChain = services.length === 1 || services.length === STAGES
  throw domain === 'sts' && !isChain ? wrongStages(lease) : lacking(role, lease)
}

/** Ollama's own protocol where it is spoken, for it tells the engine's own times; `#api=openai` asks for the other. */
export function hasOwnChat({ apis, flags }: LeasedService): boolean {
  return apis.includes('ollama') && flags['api'] !== 'openai'
}

function canAnswer({ url, apis, invocation }: LeasedService): boolean {
  return (url !== null || invocation !== undefined) && apis.length > 0
}

function lacking(role: Role, { loadout, services }: Lease): JarvisError {
  const there = services.map(
    ({ name, url, apis, given, own }) =>
      `${name} (${url ?? 'no URL'}, ${apis.join('/') || 'no API'}${purpose(given ?? own)})`,
  )
  const list = there.join(', ') || 'none'
  return new JarvisError(
    'USAGE',
    `The loadout ${loadout} has no service that the ${role} fixture can ask; its services: ${list}. ` +
      'Name a model of an engine that serves one, set `api: openai` for a service of your own, ' +
      `or say which it is: \`roles: { ${role}: "engine://model" }\` in the plan.`,
  )
}

function purpose(roles: readonly Role[] | undefined): string {
  return roles === undefined ? '' : `, for ${roles.join('/')}`
}

function wrongStages({ loadout, services }: Lease): JarvisError {
  return new JarvisError(
    'USAGE',
    `The speech-to-speech loadout ${loadout} has ${services.length} services: list one for ` +
      'speech-to-text, one for the language model and one for text-to-speech, in this order, or one for all.',
  )
}
