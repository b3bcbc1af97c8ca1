import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import { distribution } from '../../src/metrics/distribution.ts'
import { choosePort } from '../../src/services/processes/ports.ts'
import { createProject } from '../support/project.ts'
import { run } from '../support/run.ts'
import { ahead } from './support/ahead.ts'
import { pathOf, stackVariables, testOn } from './support/parts.ts'
import { secondClients, type Times, writePrompts } from './support/second-clients.ts'
import { llamaTimingsIn } from './support/timings.ts'

/** What a client has measured more than the server says of the same requests: medians, in seconds. */
type More = Record<keyof Times, number>

const KEYS = ['ttft', 'tpot', 'e2el'] as const
/** Clients differ by less than this. */
const BOUND_S = 0.005
/** Reads the first piece of an answer when it has processes of its own to start, and says so in docs/metrics.md. */
const LATE_FIRST = new Set(['AIPerf'])

const env = { ...process.env, ...stackVariables() }

testOn(
  ['llama-server', 'smollm2-135m', 'vllm', 'clients'],
  'what jarvis measures of a server is what other clients measure',
  async () => {
    const project = createProject('numbers')
    const prompts = JSON.parse(readFileSync(join(project.root, 'prompts.json'), 'utf8')) as string[]
    const folder = join(dirname(project.root), 'clients')
    mkdirSync(folder)
    const file = join(folder, 'prompts.jsonl')
    writePrompts(file, prompts)
    const { url, log } = await serve(folder)
    const measured = new Map<string, More>()

    const { code, output, session } = await run(project, {
      env: { JARVIS_PLAN: 'plans/one.yaml', REAL_MODEL: `openai://smollm2@${url}#stream` },
      before: ahead(),
    })
    expect(code, output).toBe(0)
    const rows = session!.results('llm').toSorted((a, b) => a.name.localeCompare(b.name))
    measured.set(
      'jarvis',
      more(
        rows.map(({ metrics }) => metrics as unknown as Times),
        log,
        0,
      ),
    )

    const place = {
      url,
      model: 'smollm2',
      tokenizer: pathOf('vllm', 'model'),
      prompts: file,
      folder,
    }
    for (const { name, program, part, args, read } of secondClients) {
      const from = statSync(log).size
      const all = { ...place, count: prompts.length }
      const [first = '', ...rest] = [...ahead(), pathOf(part, program), ...args(all)]
      const { status, stdout, stderr } = spawnSync(first, rest, { env, encoding: 'utf8' })
      expect(status, `${stdout}\n${stderr}`).toBe(0)
      measured.set(name, more(read(all), log, from))
    }
    process.stdout.write(`\n${tableOf(measured)}\n`)
    const ours = measured.get('jarvis')!
    for (const [name, theirs] of measured) {
      for (const key of KEYS) {
        if (LATE_FIRST.has(name) && key !== 'e2el') continue
        expect(Math.abs(ours[key] - theirs[key]), `${key} of ${name}`).toBeLessThan(BOUND_S)
      }
    }
  },
)

/** llama-server on one core, without what would make the same prompt quicker the second time. */
async function serve(folder: string): Promise<{ url: string; log: string }> {
  const [log, port] = [join(folder, 'server.log'), await choosePort()]
  const args = [
    '-m',
    pathOf('smollm2-135m', 'model'),
    '--alias',
    'smollm2',
    '-c',
    '4096',
    '-np',
    '1',
    '-t',
    '1',
  ]
  const [first = '', ...rest] = [...ahead(), pathOf('llama-server', 'program'), ...args]
  const out = openSync(log, 'a')
  const child = spawn(first, [...rest, '--no-cache-prompt', '--port', String(port)], {
    stdio: ['ignore', out, out],
    env,
  })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill()
    await ended
  })
  const url = `http://127.0.0.1:${port}`
  const isUp = async (): Promise<boolean> =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
  // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
  while (!(await isUp())) {
    expect(child.exitCode, readFileSync(log, 'utf8')).toBeNull()
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    await sleep(100)
  }
  return { url, log }
}

/** What the times of a client's requests are more than the log says of them; its warm-ups come before. */
function more(times: readonly Times[], log: string, from: number): More {
  const text = readFileSync(log).subarray(from).toString()
  const told = llamaTimingsIn(text).slice(-times.length)
  const of = (key: keyof Times): number =>
    distribution(times.map((one, index) => one[key] - told[index]![key]!))!.median
  return { ttft: of('ttft'), tpot: of('tpot'), e2el: of('e2el') }
}

function tableOf(measured: ReadonlyMap<string, More>): string {
  const rows = [...measured].map(([name, all]) => {
    const shown = KEYS.map((key) => `${(all[key] * 1_000).toFixed(3)} ms`)
    return `| ${[name, ...shown].join(' | ')} |`
  })
  return ['| more than the server | ttft | tpot | e2el |', '|---|---|---|---|', ...rows].join('\n')
}
