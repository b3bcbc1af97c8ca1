import type { IncomingMessage } from 'node:http'
import { isThisMachine } from '../../host/local-address.ts'
import { printable } from '../printable.ts'

/** How much of an answer goes into a message. */
const LONGEST_ANSWER = 200

/** A server lists its models in less. */
const MOST_JSON = 16 * 1024 * 1024
/** As much as an answer is looked through for what it says. */
const MOST_TEXT = 64 * 1024

/** Whether a GET is answered with a status below 400. A refused or broken connection is a no. */
export async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await ask(url, 'GET', {}, '', signal)
    response.destroy()
    return (response.statusCode ?? 0) < 400
  } catch {
    return false
  }
}

/** What a GET answers as JSON. @throws Error where it is none, or an error of the server's */
export async function getJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await ask(url, 'GET', {}, '', signal)
  const text = await textOf(response, MOST_JSON)
  if ((response.statusCode ?? 0) >= 400) throw new Error(`${url} answered ${response.statusCode}`)
  return JSON.parse(text)
}

/** Sends JSON; gives the status and, for messages, the start of the answer on one line. */
export async function post(
  url: string,
  body: object,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json' }
  const response = await ask(url, 'POST', headers, JSON.stringify(body), signal)
  const text = await textOf(response, MOST_TEXT)
  return { status: response.statusCode ?? 0, text: printable(text, LONGEST_ANSWER) }
}

/** A body, or its beginning where it is longer than anybody needs. */
async function textOf(response: IncomingMessage, most: number): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk as string
    if (text.length >= most) break
  }
  return text
}

/**
 * By Node's own client: a first `fetch` would load a second one while the run is waited for. Its own agent would ask
 * also this machine by a proxy where Node was told to use them.
 */
async function ask(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { Agent, request } = await (url.startsWith('https:')
    ? import('node:https')
    : import('node:http'))
  const answer = Promise.withResolvers<IncomingMessage>()
  const length = String(Buffer.byteLength(body))
  const sent = { ...headers, 'content-length': length, connection: 'close' }
  const agent = isThisMachine(new URL(url).hostname) ? { agent: new Agent() } : {}
  request(url, { method, headers: sent, signal, ...agent }, answer.resolve)
    .on('error', answer.reject)
    .end(body)
  return answer.promise
}
