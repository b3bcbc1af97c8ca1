import { JarvisError } from '../errors.ts'
import type { Lease, LeasedService } from '../services/leases/lease-protocol.ts'

/** What a fixture needs a service for. */
export type Role = 'llm' | 'vlm' | 'stt' | 'tts'

/** Stages of speech-to-speech, in the order in which a plan lists their models. */
const STAGES: readonly Role[] = ['stt', 'llm', 'tts']

/**
 * The service that plays a role: in a speech-to-speech loadout the one at the role's place (or the only
 * one), elsewhere the first that can be asked. Beside a voice that is the voice itself, and the next one
 * is who hears it.
 *
 * @throws JarvisError USAGE when the loadout has none
 */
export function serviceFor(role: Role, lease: Lease): LeasedService {
  const { domain, services } = lease
  const stage = STAGES.indexOf(role)
  if (domain === 'sts' && stage !== -1) {
    if (services.length !== 1 && services.length !== STAGES.length) throw wrongStages(lease)
    const service = services.length === 1 ? services[0] : services[stage]
    if (service && canAnswer(service)) return service
    throw lacking(role, lease)
  }
  const [first, second] = services.filter(canAnswer)
  const service = domain === 'tts' && role === 'stt' ? (second ?? first) : first
  if (!service) throw lacking(role, lease)
  return service
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
    ({ name, url, apis }) => `${name} (${url ?? 'no URL'}, ${apis.join('/') || 'no API'})`,
  )
  const list = there.join(', ') || 'none'
  return new JarvisError(
    'USAGE',
    `The loadout ${loadout} has no service that the ${role} fixture can ask; its services: ${list}. ` +
      'Name a model of an engine that serves one, or set `api: openai` for a service of your own.',
  )
}

function wrongStages({ loadout, services }: Lease): JarvisError {
  return new JarvisError(
    'USAGE',
    `The speech-to-speech loadout ${loadout} has ${services.length} services: list one for ` +
      'speech-to-text, one for the language model and one for text-to-speech, in this order, or one for all.',
  )
}
