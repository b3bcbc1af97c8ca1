import { setTimeout as sleep } from 'node:timers/promises'
import type { Readiness, ServiceDefinition } from '../../plan/types.ts'
import { type Endpoint, type Engine, processKey, type ServiceRecipe } from '../engine.ts'
import { answers } from '../readiness/http-probe.ts'
import { logMatcher } from '../readiness/log-matcher.ts'
import { acceptingHost } from '../processes/ports.ts'
import { askFirst } from './openai-server.ts'
import { cannotStart, findPlanService, modelName } from './plan-service.ts'

/** Seconds between SIGTERM and SIGKILL where the plan does not say. */
const GRACE_S = 5
const LOOPBACK = '127.0.0.1'
const OPENING_MS = 1_000
const PAUSE_MS = 20
const EITHER = new Set(['localhost', '0.0.0.0', '[::]'])
const EXAMPLE = [
  'command: PROGRAM --port {port}',
  'ready: { url: "http://127.0.0.1:{port}/health" }',
  'api: openai',
]

/** A service of the user's own, as the plan or `plans/services.yaml` defines it. */
export const native: Engine = {
  async find(model, context) {
    const { service, file, args, cwd } = findPlanService(model, context, EXAMPLE)
    if (service.command.some((word) => /\{(input|output)\}/.test(word))) {
      const reason = 'its command runs once for each request ({input}, {output})'
      throw cannotStart(model, `${reason}: name it cli://${model.name}`)
    }
    const ready = service.ready ?? { port: true }
    const name = modelName(service)
    let answer: string | null = null
    const isAsked = service.api !== 'none' && portOf(service) !== null
    return {
      key: processKey(model),
      model: name,
      apis: service.api === 'none' ? [] : [service.api],
      port: portOf(service),
      grace: service.grace ?? GRACE_S,
      timeout: ready.timeout ?? null,
      command: ({ port, logDirectory }) => {
        const fill = placeholders({ port, model: name, log_dir: logDirectory })
        const added = Object.entries(service.env).map(([name, value]) => [name, fill(value)])
        return { file, args: args.map(fill), env: Object.fromEntries(added), cwd }
      },
      lacks: (endpoint) => answer ?? lacks(ready, endpoint),
      isReady: readinessProbe(ready),
      readyAt: (endpoint, signal) => readyAt(ready, endpoint, signal),
      ...(isAsked && {
        warmUp: ({ url }, signal, chats) =>
          askFirst(model, { name, url, chats, api: service.api }, signal, (said) => {
            answer = said
          }),
      }),
    }
  },
}

/** A service that is never told a port and is not asked on its own one listens where it likes, or nowhere. */
function portOf(service: ServiceDefinition): number | 'free' | null {
  if (service.port !== undefined) return service.port
  const texts = [...service.command, ...Object.values(service.env), service.ready?.url ?? '']
  const told = texts.some((text) => text.includes('{port}'))
  const asked = service.ready === undefined || service.ready.port === true
  return told || asked ? 'free' : null
}

function placeholders(values: Record<string, string | number>): (text: string) => string {
  return (text) =>
    text.replaceAll(/\{(port|model|log_dir)\}/g, (_, name: string) => String(values[name]))
}

function lacks(ready: Readiness, { port }: Endpoint): string {
  if (ready.url !== undefined) return `no answer from ${placeholders({ port })(ready.url)}`
  if (ready.log !== undefined) return `no line of its log matches /${ready.log}/`
  return `port ${typeof ready.port === 'number' ? ready.port : port} does not accept connections`
}

function readinessProbe(ready: Readiness): ServiceRecipe['isReady'] {
  const { url, port, log } = ready
  if (url !== undefined) {
    return (endpoint, signal) => answers(placeholders({ port: endpoint.port })(url), signal)
  }
  if (log !== undefined) {
    const matches = logMatcher(log)
    return (endpoint) => matches(endpoint.log)
  }
  return async (endpoint, signal) =>
    (await acceptingHost(typeof port === 'number' ? port : endpoint.port, signal)) !== null
}

/** A host that may mean both addresses of the loopback interface is that of them which accepts connections. */
async function readyAt(
  { url, port }: Readiness,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<URL | null> {
  const asked = typeof port === 'number' ? port : endpoint.port
  if (url === undefined && asked === 0) return null
  const at = new URL(placeholders({ port: endpoint.port })(url ?? `http://localhost:${asked}`))
  if (!EITHER.has(at.hostname)) return at
  const host = await loopbackOf(Number(at.port || 80), signal)
  at.hostname = host.includes(':') ? `[${host}]` : host
  return at
}

/** A line of the log may come a moment before the port is open. */
async function loopbackOf(port: number, signal: AbortSignal): Promise<string> {
  for (const begun = performance.now(); performance.now() - begun < OPENING_MS;) {
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    const host = await acceptingHost(port, signal)
    if (host !== null) return host
    // oxlint-disable-next-line no-await-in-loop -- see above
    await sleep(PAUSE_MS, undefined, { signal })
  }
  return LOOPBACK
}
