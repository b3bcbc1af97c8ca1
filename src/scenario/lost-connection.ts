import { setTimeout as sleep } from 'node:timers/promises'
import type { RunnerTestCase, TestError } from 'vitest'

/** A service that broke a connection may be ending: its end is told before the failure that it caused. */
const EXIT_NEWS_MS = 250

/** What Node says of a connection that nobody takes or that broke. */
const LOST = /ECONNRESET|ECONNREFUSED|EPIPE|UND_ERR_SOCKET|socket hang up|other side closed/

/** Where a test failed as its service did not answer any more: waits until an end of the service is known. */
export async function waitForNews(test: Readonly<RunnerTestCase>, errorsBefore = 0): Promise<void> {
  const errors = test.result?.errors?.slice(errorsBefore) ?? []
  if (errors.some(tellsOfLoss)) await sleep(EXIT_NEWS_MS)
}

function tellsOfLoss({ message, code, cause }: TestError): boolean {
  if (LOST.test(message) || LOST.test(String(code))) return true
  return cause !== undefined && cause !== null && tellsOfLoss(cause)
}
