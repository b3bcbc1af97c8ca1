import type { Dispatcher, fetch, FormData } from 'undici'
import { isThisMachine } from './local-address.ts'
import { noteUse } from './reused-connection.ts'

/** What requests to services are sent with. */
export interface HttpClient {
  /** As `fetch`, without limits of time and by a proxy only where one is to be used. */
  fetch: typeof fetch
  /** The only kind of form that this `fetch` sends. */
  FormData: typeof FormData
}

/**
 * How long an answer may take is the plan's to say: without these the client gives up after ten seconds without a connection,
 * and after 300 without a head or between two pieces.
 */
const NO_LIMITS = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } } as const

// A worker may load this file twice, and one client has the connections that are open.
const KEY = Symbol.for('jarvis.http-client')
const holder = globalThis as typeof globalThis & { [KEY]?: Promise<HttpClient> }

/** The client of this process; loading it takes some 30 ms. */
export function httpClient(): Promise<HttpClient> {
  return (holder[KEY] ??= load())
}

async function load(): Promise<HttpClient> {
  const restore = remember(GLOBALS)
  const undici = await import('./undici.ts')
  restore()
  const { Agent, buildConnector, EnvHttpProxyAgent, fetch: send, FormData } = undici
  const open = buildConnector(NO_LIMITS.connect)
  const direct = new Agent({
    ...NO_LIMITS,
    connect: (options, opened) => {
      open(options, (...result) => {
        if (result[0] === null) noteUse(result[1])
        opened(...result)
      })
    },
  })
  let proxied: Dispatcher | undefined
  const dispatcherFor = (host: string): Dispatcher => {
    if (!usesProxies() || isThisMachine(host)) return direct
    return (proxied ??= new EnvHttpProxyAgent(NO_LIMITS))
  }
  return {
    fetch: (input, init) => {
      const { hostname } = new URL(typeof input === 'object' && 'url' in input ? input.url : input)
      return send(input, { dispatcher: dispatcherFor(hostname), ...init })
    },
    FormData,
  }
}

/** Where Node itself was told to. The proxies, and what is asked without one, then stand in the environment. */
function usesProxies(): boolean {
  const { NODE_USE_ENV_PROXY, NODE_OPTIONS = '' } = process.env
  const flags = [...process.execArgv, ...NODE_OPTIONS.split(/\s+/)]
  return NODE_USE_ENV_PROXY === '1' || flags.includes('--use-env-proxy')
}

/** What undici puts in the place of Node's own client where that was not used yet: scenarios have Node's. */
const GLOBALS = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map((name) =>
  Symbol.for(name),
)

/** Gives what sets globals to what they were. */
function remember(keys: readonly symbol[]): () => void {
  const all = globalThis as unknown as Record<symbol, unknown>
  const before = keys.map((key) => [key, all[key]] as const)
  return () => {
    for (const [key, value] of before) if (key in all) all[key] = value
  }
}
