import { test as base, type TestAPI } from 'vitest'
import { clearTimeout, setTimeout } from '../host/real-time.ts'
import type { Lease, LeasedService } from '../services/leases/lease-protocol.ts'
import { currentLease } from './current.ts'
import { createLlm, createVlm, type Llm, type Vlm } from './llm.ts'
import { createStt, createTts, type Stt, type Tts } from './speech.ts'
import { createSts, type Sts } from './sts.ts'

/** How much earlier than its test a request ends: a share of the test's limit, and at most so much. */
const MARGIN_SHARE = 0.1
const LONGEST_MARGIN_MS = 250
const LONGEST_TIMER_MS = 2 ** 31 - 1

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
  llm: async ({ signal, task }, use) => within(signal, task, (end) => use(createLlm(end))),
  vlm: async ({ signal, task }, use) => within(signal, task, (end) => use(createVlm(end))),
  stt: async ({ signal, task }, use) => within(signal, task, (end) => use(createStt(end))),
  tts: async ({ signal, task }, use) => within(signal, task, (end) => use(createTts(end))),
  sts: async ({ signal, task }, use) => within(signal, task, (end) => use(createSts(end))),
  service: async ({ lease }, use) => use(firstService(lease)),
  // oxlint-disable-next-line no-empty-pattern -- Vitest reads what a fixture needs from this pattern
  lease: async ({}, use) => use(currentLease()),
})

/** A request is given up a little before its test is, so that the test fails with what the service did. */
async function within(
  signal: AbortSignal,
  { timeout }: Readonly<{ timeout: number }>,
  act: (end: AbortSignal) => Promise<void>,
): Promise<void> {
  if (timeout <= 0 || timeout > LONGEST_TIMER_MS) return act(signal)
  const controller = new AbortController()
  const reason = new Error(`the time limit of the test is ${timeout / 1_000} s`)
  const limit = timeout - Math.min(LONGEST_MARGIN_MS, timeout * MARGIN_SHARE)
  const timer = setTimeout(() => controller.abort(reason), limit)
  try {
    await act(AbortSignal.any([signal, controller.signal]))
  } finally {
    clearTimeout(timer)
  }
}

function firstService({ services, loadout }: Lease): LeasedService {
  const [service] = services
  if (!service) throw new Error(`The loadout ${loadout} has no service.`)
  return service
}
