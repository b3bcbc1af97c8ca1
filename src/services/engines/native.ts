import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { JarvisError } from '../../errors.ts'
import type { ModelUri, Readiness, ServiceDefinition } from '../../plan/types.ts'
import { type Endpoint, type Engine, processKey, type ServiceRecipe } from '../engine.ts'
import { answers } from '../http-probe.ts'
import { logMatcher } from '../log-matcher.ts'
import { accepts } from '../ports.ts'
import { findProgram } from '../programs.ts'

/** Seconds between SIGTERM and SIGKILL where the plan does not say. */
const GRACE_S = 5

/** A service of the user's own, as the plan or `plans/services.yaml` defines it. */
export const native: Engine = {
  async find(model, { plan, root, env }) {
    const service = plan.services[model.name]
    if (service === undefined) throw undefinedService(model)
    const cwd = resolve(root, service.cwd ?? '.')
    const [program = '', ...args] = service.command
    if (!existsSync(cwd)) throw missing(model, `its folder ${cwd} does not exist`)
    const file = findProgram(program, { cwd, env: { ...env, ...service.env } })
    if (file === null) throw missingProgram(model, program)
    const ready = service.ready ?? { port: true }
    return {
      key: processKey(model),
      model: modelName(service),
      apis: service.api === 'openai' ? ['openai'] : [],
      port: portOf(service),
      grace: service.grace ?? GRACE_S,
      timeout: ready.timeout ?? null,
      command: ({ port, logDirectory }) => {
        const fill = placeholders({ port, model: modelName(service), log_dir: logDirectory })
        const added = Object.entries(service.env).map(([name, value]) => [name, fill(value)])
        return { file, args: args.map(fill), env: Object.fromEntries(added), cwd }
      },
      lacks: (endpoint) => lacks(ready, endpoint),
      isReady: readinessProbe(ready),
    }
  },
}

const modelName = (service: ServiceDefinition): string => service.model ?? service.name

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
  return (endpoint, signal) => accepts(typeof port === 'number' ? port : endpoint.port, signal)
}

function missing(model: ModelUri, reason: string): JarvisError {
  return new JarvisError('MISSING', `${model.text} cannot be started: ${reason}.`)
}

function missingProgram(model: ModelUri, program: string): JarvisError {
  const advice = 'install it, or give the path of it in the command of the service'
  return missing(model, `the program ${program} was not found on PATH: ${advice}`)
}

function undefinedService(model: ModelUri): JarvisError {
  const name = /^[\w.-]+$/.test(model.name) ? model.name : JSON.stringify(model.name)
  return new JarvisError(
    'MISSING',
    [
      `No service is defined for ${model.text}. Add it to the plan or to plans/services.yaml:`,
      '',
      'services:',
      `  ${name}:`,
      '    command: PROGRAM --port {port}',
      '    ready: { url: "http://127.0.0.1:{port}/health" }',
      '    api: openai',
    ].join('\n'),
  )
}
