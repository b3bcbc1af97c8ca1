import { flagOf, requiredText, textOf } from './fields.ts'
import { readJson, RequestError, sendJson, type Exchange } from './http.ts'
import type { Simulator } from './inference.ts'
import { detailsOf, digestOf } from './listings.ts'
import { until } from './pace.ts'

type Body = Record<string, unknown>

/** Steps of a pull, and how long all of them take. */
const PULL_STEPS = 10
const PULL_MS = 200
const CONTEXT_LENGTH = 4096

/** POST /api/show: what is known of a model. */
export async function show(sim: Simulator, { request, response }: Exchange): Promise<void> {
  const name = nameIn(await readJson(request))
  requireInstalled(sim, name)
  const template = '{{ .Prompt }}'
  sendJson(response, 200, {
    modelfile: `FROM ${name}\nTEMPLATE ${template}\n`,
    parameters: '',
    template,
    details: detailsOf(),
    model_info: {
      'general.architecture': 'simulator',
      'general.parameter_count': 0,
      'simulator.context_length': CONTEXT_LENGTH,
    },
    capabilities: ['completion', 'vision', 'tools'],
    modified_at: new Date().toISOString(),
  })
}

/** POST /api/pull: there is a model of every name, and each takes the same short time to come. */
export async function pull(sim: Simulator, exchange: Exchange): Promise<void> {
  const body = await readJson(exchange.request)
  const name = nameIn(body)
  const tell = progress(exchange, flagOf(body, 'stream', true))
  if (sim.options.faults.has('no-model')) {
    return tell.end({ error: 'pull model manifest: file does not exist' }, 500)
  }
  const digest = `sha256:${digestOf(name)}`
  const total = sim.options.memory
  const isThere = sim.model.answersTo(name)
  tell.line({ status: 'pulling manifest' })
  const start = performance.now()
  for (let step = isThere ? PULL_STEPS : 1; step <= PULL_STEPS; step += 1) {
    // oxlint-disable-next-line no-await-in-loop -- steps follow each other
    await until(start + ((isThere ? 0 : step) / PULL_STEPS) * PULL_MS)
    if (exchange.signal.aborted) return
    const completed = Math.round((total * step) / PULL_STEPS)
    tell.line({ status: `pulling ${digestOf(name).slice(0, 12)}`, digest, total, completed })
  }
  tell.line({ status: 'verifying sha256 digest' })
  tell.line({ status: 'writing manifest' })
  sim.model.addName(name)
  tell.end({ status: 'success' })
}

/** POST /api/create: another name for a model that is there. */
export async function create(sim: Simulator, exchange: Exchange): Promise<void> {
  const body = await readJson(exchange.request)
  const name = nameIn(body)
  const from = textOf(body, 'from')
  if (!from) throw new RequestError(400, "neither 'from' or 'files' was specified")
  requireInstalled(sim, from)
  const tell = progress(exchange, flagOf(body, 'stream', true))
  tell.line({ status: `using existing layer sha256:${digestOf(from)}` })
  tell.line({ status: 'writing manifest' })
  sim.model.addName(name)
  tell.end({ status: 'success' })
}

/** POST /api/copy: as `create`, without a word about it. */
export async function copy(sim: Simulator, { request, response }: Exchange): Promise<void> {
  const body = await readJson(request)
  requireInstalled(sim, requiredText(body, 'source'))
  sim.model.addName(requiredText(body, 'destination'))
  response.writeHead(200).end()
}

/** DELETE /api/delete: takes a name away; that of the model itself stays. */
export async function remove(sim: Simulator, { request, response }: Exchange): Promise<void> {
  const name = nameIn(await readJson(request))
  requireInstalled(sim, name)
  if (!sim.model.removeName(name)) {
    throw new RequestError(
      400,
      `The simulator keeps '${name}', the model that it was started with.`,
    )
  }
  response.writeHead(200).end()
}

/** Older clients say `name`. */
function nameIn(body: Body): string {
  return textOf(body, 'model') ?? requiredText({ model: body['name'] }, 'model')
}

function requireInstalled(sim: Simulator, name: string): void {
  if (!sim.options.faults.has('no-model') && sim.model.answersTo(name)) return
  throw new RequestError(404, `model '${name}' not found`)
}

/** Lines as they come, or the last one alone. */
function progress({ response }: Exchange, stream: boolean) {
  const write = (body: Body) => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.write(`${JSON.stringify(body)}\n`)
  }
  return {
    line: (body: Body) => {
      if (stream) write(body)
    },
    /** An error has a status of its own only where nothing was sent before. */
    end: (body: Body, status = 200) => {
      if (!stream) return sendJson(response, status, body)
      write(body)
      response.end()
    },
  }
}
