import type { RunnerTestCase } from 'vitest'
import { sleep } from '../host/real-time.ts'

/** A service that broke a connection may be ending: its end is told before the failure that it caused. */
const EXIT_NEWS_MS = 250

/** What Node says of a connection that nobody takes or that broke. */
const LOST = /ECONNRESET|ECONNREFUSED|EPIPE|UND_ERR_SOCKET|socket hang up|other side closed/

/** Where a test failed as its service did not answer any more: waits until an end of the service is known. */
export async function waitForNews(test: Readonly<RunnerTestCase>, errorsBefore = 0): Promise<void> {
  const errors = test.result?.errors?.slice(errorsBefore) ?? []
  if (errors.some(tellsOfLoss)) await sleep(EXIT_NEWS_MS)
}

/** An author's error may hold anything, and be its own cause. */
export function tellsOfLoss(error: unknown): boolean {
  const seen = new Set<unknown>()
  for (let one = error; typeof one === 'object' && one !== null && !seen.has(one);) {
    seen.add(one)
    const { message, code, cause } = one as Partial<Record<'message' | 'code' | 'cause', unknown>>
    if ([message, code].some((text) => typeof text === 'string' && LOST.test(text))) return true
    one = cause
  }
  return false
}
