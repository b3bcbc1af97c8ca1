import { own } from '../host/own.ts'
import { withoutSecrets } from '../host/secrets.ts'
import { keyVariable } from '../plan/openai-name.ts'
import type { LeasedService } from '../services/leases/lease-protocol.ts'

/**
 * Where a path of OpenAI's API is at a service. A server that jarvis did not start says by its URL where its API
 * begins, version included.
 */
export function apiUrl({ engine, url }: LeasedService, path: string): string {
  return `${url}${engine === 'openai' ? path.replace(/^\/v1(?=\/)/, '') : path}`
}

/** The header that a server elsewhere wants. The key is read here, where it is used, and passed on to nothing. */
export function authorization(service: LeasedService): { authorization?: string } {
  const key = apiKey(service)
  return key === undefined ? {} : { authorization: `Bearer ${key}` }
}

/** A text of a service for a message, before it is cut: servers like to repeat the key that they do not accept. */
export function withoutKey(service: LeasedService, text: string): string {
  const key = apiKey(service)
  return withoutSecrets(key === undefined ? text : text.replaceAll(key, '[redacted]'))
}

/** The key that a server elsewhere wants; undefined where there is none. */
export function apiKey({ engine, flags }: LeasedService): string | undefined {
  return (engine === 'openai' && own(process.env, keyVariable(flags))) || undefined
}
