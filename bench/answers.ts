// Whether TTFT and TPOT of a run are those of the server, whose times are known.
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runVitest } from './support/command.ts'
import { median } from './support/numbers.ts'
import { benchProject } from './support/project.ts'
import { report } from './support/report.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)
const TOKENS = 40
/** A measured time may be so far from the true one: the larger of both. */
const BOUND_MS = 2
const BOUND_SHARE = 0.01

/** When a reply's chunks are sent, in ms: the first one, and from each to the next. */
const PACES = [
  { ttft: 5, gap: 2 },
  { ttft: 50, gap: 10 },
  { ttft: 500, gap: 50 },
]
const DONE = 'data: [DONE]\n\n'
/** How a reply is written: each chunk, and what follows the last one. */
const SHAPES = {
  plain: { chunk: (data: string) => `data: ${data}\n\n`, pause: 0, tail: DONE },
  'in CR': { chunk: (data: string) => `data: ${data}\r\r`, pause: 0, tail: DONE },
  'blank line late': { chunk: (data: string) => `\ndata: ${data}\n`, pause: 0, tail: `\n${DONE}` },
  'DONE late': { chunk: (data: string) => `data: ${data}\n\n`, pause: 300, tail: DONE },
}
const names = Object.keys(SHAPES) as (keyof typeof SHAPES)[]

interface Times {
  ttft: number
  tpot: number
}

/** What the server did, by the name of the scenario, in ms. */
const sent = new Map<string, Times[]>()

const server = createServer((request, response) => void answer(request, response))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`

const cases = names.flatMap((shape) => PACES.map((pace) => ({ shape, ...pace })))
const project = benchProject({
  'plans/default.yaml': `name: Known times
settings: { repeats: ${ROUNDS + 1} }
execution:
  - domain: llm
    loadouts: ['openai://scripted@${url}#stream']
`,
  'vitest.config.mts': `import { defineConfig } from 'vitest/config'
import { jarvis } from 'jarvis'

export default defineConfig({ plugins: [jarvis()], test: { projects: [] } })
`,
  'scenarios/llm/paced.scenario.ts': `import { test } from 'jarvis/scenario'

test.for(${JSON.stringify(cases.map(nameOf))})('%s', async (name, { llm }) => {
  await llm.chat(name)
})
`,
})
try {
  await runVitest(project.root, ['run'])
  const errors = cases.map((one) => errorsOf(nameOf(one)))
  const worst = (key: keyof Times): number => Math.max(...errors.map((one) => one[key].share))
  report('answers', {
    seed: null,
    measured: [
      ...(['ttft', 'tpot'] as const).map((key) => ({
        name: `${key.toUpperCase()}, the worst of ${cases.length} ways, of what is allowed`,
        value: worst(key),
        unit: '×',
        bound: 1,
      })),
      ...cases.flatMap((one, index) =>
        (['ttft', 'tpot'] as const).map((key) => ({
          name: `${nameOf(one)}: ${key.toUpperCase()} is off by`,
          value: errors[index]?.[key].off ?? Number.NaN,
          unit: 'ms',
          bound: null,
          digits: 3,
        })),
      ),
    ],
    notes: [
      `Of ${ROUNDS} requests of ${TOKENS} tokens, after one that is not counted, the least of TTFT and the median of TPOT. Allowed are ${BOUND_MS} ms, or ${BOUND_SHARE * 100} % of the time where that is more.`,
    ],
  })
} finally {
  project.remove()
  server.closeAllConnections()
  server.close()
}

function nameOf({ shape, ttft, gap }: (typeof cases)[number]): string {
  return `${shape} after ${ttft} every ${gap}`
}

/** How far what was measured is from what was done, in ms and of what is allowed. */
function errorsOf(name: string): Record<keyof Times, { off: number; share: number }> {
  const [session = ''] = readdirSync(join(project.root, 'logs')).filter((one) =>
    one.startsWith('RUN_'),
  )
  const text = readFileSync(join(project.root, 'logs', session, 'llm.json'), 'utf8')
  const rows = (JSON.parse(text) as { name: string; repeat?: number; metrics: Times }[])
    .filter((row) => row.name.endsWith(name))
    .toSorted((a, b) => (a.repeat ?? 0) - (b.repeat ?? 0))
  const done = sent.get(name) ?? []
  if (rows.length !== ROUNDS + 1 || done.length !== rows.length) {
    throw new Error(`${name}: ${rows.length} results of ${done.length} replies`)
  }
  const of = (key: keyof Times): { off: number; share: number } => {
    const offs = rows.map((row, index) => row.metrics[key] * 1_000 - (done[index]?.[key] ?? NaN))
    // A machine that does something else only adds to the first; a late first token makes the rest look quick.
    const off = key === 'ttft' ? Math.min(...offs.slice(1)) : median(offs.slice(1))
    const allowed = Math.max(BOUND_MS, median(done.map((one) => one[key])) * BOUND_SHARE)
    return { off, share: Math.abs(off) / allowed }
  }
  return { ttft: of('ttft'), tpot: of('tpot') }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET') return void response.end('{"data":[{"id":"scripted"}]}')
  const received = performance.now()
  let body = ''
  for await (const part of request) body += String(part)
  const { messages } = JSON.parse(body) as { messages: { content: string }[] }
  const name = messages[0]?.content ?? ''
  const one = cases.find((each) => nameOf(each) === name)
  // The run begins with a request of its own, which warms the server up.
  const { shape, ttft, gap } = one ?? { shape: 'plain', ttft: 1, gap: 1 }
  const { chunk, pause, tail } = SHAPES[shape]
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  const times: number[] = []
  for (let token = 0; token < TOKENS; token += 1) {
    // oxlint-disable-next-line no-await-in-loop -- the pauses are the point
    await sleep(Math.max(0, received + ttft + gap * token - performance.now()))
    const finish_reason = token === TOKENS - 1 ? 'stop' : null
    const choices = [{ index: 0, delta: { content: `${token} ` }, finish_reason }]
    response.write(chunk(JSON.stringify({ choices })))
    times.push(performance.now())
  }
  const usage = { prompt_tokens: 7, completion_tokens: TOKENS }
  if (pause > 0) await sleep(pause)
  response.end(`${chunk(JSON.stringify({ choices: [], usage }))}${tail}`)
  if (!one) return
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  const done = { ttft: first - received, tpot: (last - first) / (TOKENS - 1) }
  sent.set(name, [...(sent.get(name) ?? []), done])
}
