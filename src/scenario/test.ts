import { test as base, type TestAPI } from 'vitest'
import type { Lease, LeasedService } from '../services/lease-protocol.ts'
import { currentLease } from './current.ts'
import { createLlm, createVlm, type Llm, type Vlm } from './llm.ts'
import { createStt, createTts, type Stt, type Tts } from './speech.ts'
import { createSts, type Sts } from './sts.ts'

/** What a test may ask for by naming it; nothing is made for a test that does not. */
export interface ScenarioFixtures {
  llm: Llm
  vlm: Vlm
  stt: Stt
  tts: Tts
  sts: Sts
  /** The first service of the loadout. */
  service: LeasedService
  /** The whole loadout: its services, its name, and `pipeline` and `mapping` of older plans. */
  lease: Lease
}

/**
 * Vitest's `test` with the services of the loadout as fixtures.
 *
 * @example
 * ```ts
 * import { expect, test } from 'jarvis/scenario'
 *
 * test('hello', async ({ llm }) => {
 *   const { text } = await llm.chat('Hello')
 *   expect(text).not.toBe('')
 * })
 * ```
 */
export const test: TestAPI<ScenarioFixtures> = base.extend<ScenarioFixtures>({
  llm: async ({ signal }, use) => use(createLlm(signal)),
  vlm: async ({ signal }, use) => use(createVlm(signal)),
  stt: async ({ signal }, use) => use(createStt(signal)),
  tts: async ({ signal }, use) => use(createTts(signal)),
  sts: async ({ signal }, use) => use(createSts(signal)),
  service: async ({ lease }, use) => use(firstService(lease)),
  // oxlint-disable-next-line no-empty-pattern -- Vitest reads what a fixture needs from this pattern
  lease: async ({}, use) => use(currentLease()),
})

function firstService({ services, loadout }: Lease): LeasedService {
  const [service] = services
  if (!service) throw new Error(`The loadout ${loadout} has no service.`)
  return service
}
