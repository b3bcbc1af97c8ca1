import { printable } from './printable.ts'

/** How much of an answer goes into a message. */
const LONGEST_ANSWER = 200

/** Whether a GET is answered with a status below 400. A refused or broken connection is a no. */
export async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal, headers: { connection: 'close' } })
    await response.body?.cancel()
    return response.status < 400
  } catch {
    return false
  }
}

/** Sends JSON; gives the status and, for messages, the start of the answer on one line. */
export async function post(
  url: string,
  body: object,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify(body),
    signal,
  })
  return { status: response.status, text: printable(await response.text(), LONGEST_ANSWER) }
}
