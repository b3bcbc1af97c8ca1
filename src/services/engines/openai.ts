import { own } from '../../host/own.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Response } from 'undici'
import { JarvisError, messageOf } from '../../errors.ts'
import { httpClient } from '../../host/http-client.ts'
import type { ModelUri } from '../../plan/types.ts'
import { keyVariable, readOpenaiName } from '../../plan/openai-name.ts'
import { type Engine, processKey } from '../engine.ts'
import { printable } from '../printable.ts'

/** A server that is just being restarted elsewhere is given this many looks. */
const LOOKS = 3
const PAUSE_MS = 500
const LOOK_TIMEOUT_MS = 10_000
/** How many models a message names. */
const MOST_NAMES = 10
const LONGEST_ANSWER = 200

/**
 * A server that runs already, on this machine or another one. It is looked at and never started or stopped.
 * The recipe's `url` is the API's base as OpenAI's clients take it, version included.
 */
export const openai: Engine = {
  async find(model, { env }) {
    const read = readOpenaiName(model.name)
    if ('fault' in read)
      throw new JarvisError('PLAN_INVALID', `${model.text}: ${read.fault.message}`)
    const server: Server = { model, variable: keyVariable(model.flags), env }
    const { base, models } = await findBase(server, basesOf(read.url))
    if (!models.some((id) => id === read.model || id === `${read.model}:latest`)) {
      throw missingModel(server, read.model, base, models)
    }
    return {
      key: processKey(model),
      model: read.model,
      apis: ['openai'],
      port: null,
      grace: 0,
      timeout: null,
      command: null,
      url: base,
      lacks: () => `no answer from ${base}/models`,
      isReady: async () => true,
    }
  },
}

interface Server {
  model: ModelUri
  /** The environment variable of the key. */
  variable: string
  env: NodeJS.ProcessEnv
}

/** Where the API may begin: a URL that does not say is tried with the version first. */
function basesOf(url: string): string[] {
  return /\/v\d+$/.test(url) ? [url] : [`${url}/v1`, url]
}

async function findBase(
  server: Server,
  bases: string[],
): Promise<{ base: string; models: string[] }> {
  for (const base of bases) {
    // oxlint-disable-next-line no-await-in-loop -- the second is asked only where the first has no models
    const models = await listModels(server, base)
    if (models !== null) return { base, models }
  }
  const tried = bases.map((base) => `${base}/models`).join(' nor ')
  throw failed(server, `there is no list of models at ${tried}: check the URL's path`)
}

/** The models that a server lists; null where it has no such list. */
async function listModels(server: Server, base: string): Promise<string[] | null> {
  const response = await look(server, `${base}/models`)
  const { status } = response
  if (status === 401 || status === 403) throw refused(server, base, status)
  if (status === 404 || status === 405) return null
  const text = await response.text().catch(() => '')
  if (status >= 400)
    throw failed(server, `${base}/models answered ${status} ${brief(server, text)}`)
  return idsOf(text)
}

async function look(server: Server, url: string): Promise<Response> {
  const key = own(server.env, server.variable)
  const headers = { connection: 'close', ...(key && { authorization: `Bearer ${key}` }) }
  const { fetch } = await httpClient()
  for (let count = 1; ; count += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      return await fetch(url, { headers, signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) })
    } catch (error) {
      const timedOut = error instanceof DOMException && error.name === 'TimeoutError'
      if (timedOut || count === LOOKS) throw unreachable(server, url, error)
    }
    // oxlint-disable-next-line no-await-in-loop -- see above
    await sleep(PAUSE_MS)
  }
}

/** Null for a web page in its place, or anything else that is no list. */
function idsOf(text: string): string[] | null {
  try {
    const { data } = JSON.parse(text) as { data?: { id?: unknown }[] }
    if (!Array.isArray(data)) return null
    return data.map(({ id }) => id).filter((id) => typeof id === 'string')
  } catch {
    return null
  }
}

function missingModel(server: Server, name: string, base: string, models: string[]): JarvisError {
  const shown = models.slice(0, MOST_NAMES).map((id) => printable(id, LONGEST_ANSWER))
  const more = models.length > shown.length ? ` and ${models.length - shown.length} more` : ''
  const there = shown.length === 0 ? 'it serves no model' : `it has ${shown.join(', ')}${more}`
  const sentence = `${base} does not serve ${name}: ${there}.`
  return new JarvisError('MISSING', `${server.model.text} is not there. ${sentence}`)
}

function refused(server: Server, base: string, status: number): JarvisError {
  const { variable, env } = server
  const state = own(env, variable)
    ? 'which is set: is it the key of this server?'
    : 'which is not set'
  const advice = `the key is read from the environment variable ${variable}, ${state}`
  return failed(server, `${base}/models answered ${status}: ${advice}`)
}

function unreachable(server: Server, url: string, error: unknown): JarvisError {
  const advice = 'check that the server runs, that the URL is right and that nothing blocks the way'
  return failed(server, `${url} does not answer (${reasonOf(error)}): ${advice}`, error)
}

function failed({ model }: Server, reason: string, cause?: unknown): JarvisError {
  return new JarvisError('SERVICE_FAILED', `${model.text} cannot be used: ${reason}.`, { cause })
}

/** `fetch` says "fetch failed" and keeps the reason as the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join(', ')
  const reason = messageOf(cause ?? error)
  return reason === 'bad port' ? `${reason}: HTTP clients ask no server on it` : reason
}

/** The start of an answer; servers like to repeat the key that they do not know. */
function brief({ variable, env }: Server, text: string): string {
  const key = own(env, variable)
  return printable(key ? text.replaceAll(key, '[redacted]') : text, LONGEST_ANSWER)
}
