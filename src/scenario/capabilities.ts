import { httpClient } from '../host/http-client.ts'
import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { OTHER_MODEL } from './refused-capability.ts'
import { ServiceError } from './service-error.ts'

/** What a conversation may need of a model. */
export type Capability = 'tools' | 'vision'

// A worker may load this file twice.
const KEY = Symbol.for('jarvis.scenario.capabilities')
const holder = globalThis as typeof globalThis & {
  [KEY]?: Map<string, Promise<readonly string[] | null>>
}
const known = (holder[KEY] ??= new Map<string, Promise<readonly string[] | null>>())

/**
 * Asks Ollama whether a model can do what a conversation needs, once for each model: a model that cannot see answers all the
 * same, about an image that it was not shown.
 *
 * @throws ServiceError with the code `MISSING` where it cannot
 */
export async function requireCapabilities(
  service: LeasedService,
  needed: readonly Capability[],
): Promise<void> {
  const { engine, model, url } = service
  if (engine !== 'ollama' || needed.length === 0 || url === null) return
  const key = JSON.stringify([url, model])
  const asked = known.get(key) ?? capabilitiesOf(url, model ?? '')
  known.set(key, asked)
  const capabilities = await asked
  const lacking = capabilities && needed.find((one) => !capabilities.includes(one))
  if (!lacking) return
  const has = capabilities.join(', ') || 'nothing'
  throw new ServiceError(
    `ollama://${model} has no ${lacking}: of its capabilities Ollama says ${has}. ${OTHER_MODEL}.`,
    `${url}/api/show`,
    null,
    { code: 'MISSING' },
  )
}

/** Null where it does not say: older versions do not. */
async function capabilitiesOf(url: string, model: string): Promise<readonly string[] | null> {
  try {
    const { fetch } = await httpClient()
    const body = JSON.stringify({ model })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${url}/api/show`, { method: 'POST', body, headers })
    const { capabilities } = (await response.json()) as { capabilities?: unknown }
    if (!response.ok || !Array.isArray(capabilities)) return null
    return capabilities.filter((one) => typeof one === 'string')
  } catch {
    return null
  }
}
