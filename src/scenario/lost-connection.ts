import type { TestError } from 'vitest'

/** What Node says of a connection that nobody takes or that broke. */
const LOST = /ECONNRESET|ECONNREFUSED|EPIPE|UND_ERR_SOCKET|socket hang up|other side closed/

/** Whether a test failed as its service did not answer any more. */
export function lostConnection(errors: readonly TestError[]): boolean {
  return errors.some(tellsOfLoss)
}

function tellsOfLoss({ message, code, cause }: TestError): boolean {
  if (LOST.test(message) || LOST.test(String(code))) return true
  return cause !== undefined && cause !== null && tellsOfLoss(cause)
}
