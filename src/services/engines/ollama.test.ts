import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withDeadline } from '../../../test/support/deadlines.ts'
import {
  modelsFolder,
  type OllamaMachine,
  ollamaMachine,
  runningOllama,
  standIn,
  whichLive,
} from '../../../test/support/ollama.ts'
import { realOllama, type RealProgram } from '../../../test/support/real-programs.ts'
import {
  failureOf,
  isAlive,
  modelUri,
  planOf,
  supervise,
  target,
  until,
} from '../../../test/support/services.ts'
import { standInsRun } from '../../../test/support/stand-ins.ts'
import type { Settings } from '../../plan/types.ts'
import type { Engine } from '../engine.ts'
import { engines } from './index.ts'
import { createOllama } from './ollama.ts'

const MODEL = 'qwen:0.5b'
const real = realOllama()
/** A real program takes what a busy machine gives it. */
const PATIENCE = real === null ? 1 : 10
/** It looks for GPUs first. */
const PATIENT = { startup_timeout: 120 * PATIENCE }

const programs = [
  ...(standInsRun ? [{ kind: 'the stand-in', real: null }] : []),
  ...(real === null ? [] : [{ kind: `the Ollama that is installed here (${real.model})`, real }]),
]

/** A machine with an Ollama that has one model; whatever is cleared there is confined to it. */
async function setUp(
  settings: Partial<Settings> = {},
  env: Record<string, string> = {},
  program: RealProgram | null = null,
): Promise<ReturnType<typeof supervise> & { machine: OllamaMachine; engine: Engine }> {
  const machine = await ollamaMachine()
  const engine = createOllama(machine.host, { grace: 5_000, settle: 300 })
  engines.ollama = engine
  const own =
    program === null
      ? { OLLAMA_MODELS: modelsFolder(join(machine.folder, 'models'), MODEL) }
      : { ...program.env, OLLAMA_BIN: program.program }
  const supervised = supervise([], settings, { ...machine.env, ...own, ...env })
  return { ...supervised, machine, engine }
}

async function ask<Answer>(url: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    headers: { connection: 'close' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
  return (await response.json()) as Answer
}

test.for(programs)(
  'a model comes up loaded and warm, and is gone after stop, with $kind',
  { timeout: 180_000 * PATIENCE },
  async (one) => {
    const { supervisor, session, engine, machine } = await setUp(PATIENT, {}, one.real)
    const model = one.real?.model ?? MODEL
    const held = await supervisor.acquire(target(`ollama://${model}#ctx=2048#stream`))
    expect(held.services).toMatchObject([
      {
        engine: 'ollama',
        model,
        apis: ['ollama', 'openai'],
        flags: { ctx: '2048', stream: true },
      },
    ])
    const url = held.services[0]!.url!
    expect(await ask(url, '/api/ps')).toMatchObject({
      models: [{ name: model, context_length: 2_048 }],
    })
    const context = {
      plan: planOf([]),
      root: machine.folder,
      env: { ...machine.env, ...(one.real && { OLLAMA_BIN: one.real.program }) },
    }
    const version = expect.stringMatching(/^\d+\.\d+\.\d+/)
    expect(await engine.versions!(context)).toEqual({ ollama: version })
    const digest = expect.stringMatching(/^(?:sha256:)?[\da-f]{12,}$/)
    expect(session.of('model_ready')).toMatchObject([{ engines: { ollama: version }, digest }])
    const [spawned] = session.of('service_spawned')
    expect(spawned!.command).toMatch(/ollama serve$/)
    const log = session.log(spawned!)
    expect(log).toMatch(/level=INFO .*msg="Listening on 127\.0\.0\.1:\d+ \(version /)
    held.release()
    await supervisor.stop()
    expect(isAlive(spawned!.pid)).toBe(false)
    expect(session.of('service_exited')).toMatchObject([{ expected: true, code: 0 }])
    expect(session.log(spawned!)).toMatch(/POST +"\/api\/generate"\n[^]*GET +"\/api\/ps"/)
  },
)

test.for(programs)(
  'a model that is not there is MISSING with the command, with $kind',
  { timeout: 180_000 * PATIENCE },
  async (one) => {
    const { supervisor, session } = await setUp(PATIENT, {}, one.real)
    const error = await failureOf(supervisor.acquire(target('ollama://no-such-model:1b')))
    expect(error.code).toBe('MISSING')
    expect(error.message).toContain('ollama pull no-such-model:1b')
    expect(error.message).toContain('settings: { pull: true }')
    await supervisor.stop()
    expect(session.of('service_spawned').some(({ pid }) => isAlive(pid))).toBe(false)
  },
)

test.runIf(standInsRun)('without the program it is MISSING, with how to install it', async () => {
  const { supervisor } = await setUp({}, { PATH: '/nowhere' })
  const error = await failureOf(supervisor.acquire(target('ollama://qwen:0.5b')))
  expect(error.code).toBe('MISSING')
  expect(error.message).toMatch(/not found on PATH\. Install it: \S+/)
})

test.runIf(standInsRun)('OLLAMA_BIN that names no program is MISSING', async () => {
  const { supervisor } = await setUp({}, { OLLAMA_BIN: '/nowhere/ollama' })
  const error = await failureOf(supervisor.acquire(target('ollama://qwen:0.5b')))
  expect(error).toMatchObject({ code: 'MISSING', message: expect.stringContaining('OLLAMA_BIN') })
})

test.runIf(standInsRun)('an Ollama that runs is ended first, and ours has its models', async () => {
  const { supervisor, session, machine } = await setUp({}, { OLLAMA_MODELS: '' })
  const models = modelsFolder(join(machine.folder, 'of-the-user'), 'llama:1b')
  const { server, runner } = await runningOllama(machine, {
    model: 'llama:1b',
    env: { OLLAMA_MODELS: models },
  })
  await supervisor.acquire(target('ollama://llama:1b'))
  expect(whichLive(server, runner)).toEqual([false, false])
  expect(session.of('note').map(({ message }) => message)).toEqual([
    `Ended Ollama, which ran already: ${standIn} serve (pid ${server})`,
  ])
})

test.runIf(standInsRun)(
  'pull: true downloads a model that is not there and tells of it',
  async () => {
    const { supervisor, session } = await setUp({ pull: true }, { OLLAMA_STAND_IN_PULL_MS: '2800' })
    await supervisor.acquire(target('ollama://tiny'))
    const notes = session.of('note').map(({ message }) => message)
    expect(notes.at(0)).toBe('Pulling ollama://tiny: pulling manifest')
    expect(notes.at(-1)).toBe('Pulling ollama://tiny: done')
    expect(notes[1]).toMatch(/: (25|50|75|100) % of 2\.00 GB$/)
    expect(notes.length).toBeLessThan(6)
  },
)

test.runIf(standInsRun)(
  'a model that is in no registry either is MISSING with what Ollama says',
  async () => {
    const { supervisor } = await setUp({ pull: true })
    const error = await failureOf(supervisor.acquire(target('ollama://absent:1b')))
    expect(error).toMatchObject({
      code: 'MISSING',
      message: 'ollama://absent:1b could not be pulled: pull model manifest: file does not exist',
    })
  },
)

test.runIf(standInsRun)(
  'a model that loads longer than the deadline fails with what was waited for and the last lines',
  async () => {
    const acquire = async (startup_timeout: number) => {
      const given = await setUp({ startup_timeout }, { OLLAMA_STAND_IN_LOAD_MS: '600000' })
      const failed = await failureOf(given.supervisor.acquire(target('ollama://qwen:0.5b')))
      return { ...given, error: failed }
    }
    const isLoading = ({ error: { message } }: { error: Error }): boolean =>
      message.includes('waiting for llama runner to start responding')
    const { supervisor, session, error } = (await withDeadline(4, acquire, isLoading)).seen
    expect(error.code).toBe('SERVICE_TIMEOUT')
    expect(error.message).toContain('no answer to the request that loads qwen:0.5b')
    expect(error.message).toContain('waiting for llama runner to start responding')
    await supervisor.stop()
    expect(session.of('service_spawned').some(({ pid }) => isAlive(pid))).toBe(false)
  },
)

test.runIf(standInsRun)('a model that is partly on the CPU flags its results', async () => {
  const { book, supervisor } = await setUp({}, { OLLAMA_STAND_IN_CPU_SHARE: '0.25' })
  const wanted = target('ollama://qwen:0.5b')
  const held = await supervisor.acquire(wanted)
  expect(book.facts({ domain: 'llm', loadout: wanted.loadout.name }).flags).toEqual(['cpu_offload'])
  const context = {
    plan: planOf([]),
    root: '/',
    env: { PATH: process.env['PATH'], OLLAMA_BIN: standIn },
  }
  const recipe = await engines.ollama.find(modelUri('ollama://qwen:0.5b'), context)
  const onCpu = await engines.ollama.find(modelUri('ollama://qwen:0.5b#num_gpu=0'), context)
  expect(onCpu.loaded).toBeUndefined()
  const endpoint = { port: 0, url: held.services[0]!.url, log: '' }
  expect(await recipe.loaded!(endpoint, new AbortController().signal)).toEqual([
    { name: 'qwen:0.5b', size: 1_073_741_824, sizeVram: 805_306_368 },
  ])
})

test.runIf(standInsRun)(
  'the models of a loadout share one process, unless it would have to be started differently',
  async () => {
    const { supervisor, session, machine } = await setUp()
    modelsFolder(join(machine.folder, 'models'), 'llama:1b', 'gemma:1b')
    const wanted = [
      'ollama://qwen:0.5b',
      'ollama://llama:1b#num_gpu=0',
      'ollama://gemma:1b#ctx=512',
    ]
    const held = await supervisor.acquire(target(...wanted))
    const [first, second, third] = held.services.map(({ url }) => url!)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
    expect(session.of('service_spawned')).toHaveLength(2)
    expect(session.of('model_ready')).toHaveLength(3)
    const { models } = await ask<{ models: { name: string; size_vram: number }[] }>(
      first!,
      '/api/ps',
    )
    expect(models).toMatchObject([
      { name: 'qwen:0.5b', size_vram: 1_073_741_824 },
      { name: 'llama:1b', size_vram: 0 },
    ])
    held.release()
    await supervisor.stop()
    expect(await machine.processes()).toEqual([])
  },
)

test.runIf(standInsRun)(
  'with restart: domain a model that shared the process of another gets its own',
  async () => {
    const { supervisor, session, machine } = await setUp({ restart: 'domain' })
    modelsFolder(join(machine.folder, 'models'), 'llama:1b')
    const both = await supervisor.acquire(target('ollama://qwen:0.5b', 'ollama://llama:1b'))
    both.release()
    const one = await supervisor.acquire(target('ollama://llama:1b'))
    expect(await ask(one.services[0]!.url!, '/api/ps')).toMatchObject({
      models: [{ name: 'llama:1b' }],
    })
    expect(session.of('service_spawned')).toHaveLength(2)
    one.release()
    const again = await supervisor.acquire(target('ollama://llama:1b', 'ollama://qwen:0.5b'))
    expect(again.services.map(({ url }) => url)).toEqual([
      one.services[0]!.url,
      one.services[0]!.url,
    ])
    expect(session.of('service_spawned')).toHaveLength(2)
  },
)

test.runIf(standInsRun)(
  'when the process of two models dies both are down, and start again once',
  async () => {
    const { supervisor, session, machine } = await setUp()
    modelsFolder(join(machine.folder, 'models'), 'llama:1b')
    const wanted = target('ollama://qwen:0.5b', 'ollama://llama:1b')
    const held = await supervisor.acquire(wanted)
    process.kill(session.of('service_spawned')[0]!.pid, 'SIGKILL')
    await until(() => session.of('service_exited').length === 1)
    held.release()
    const again = await supervisor.acquire(wanted)
    expect(await ask(again.services[1]!.url!, '/api/ps')).toMatchObject({ models: [{}, {}] })
    expect(session.of('service_exited')).toHaveLength(1)
    expect(session.of('service_spawned')).toHaveLength(2)
  },
)

test.runIf(standInsRun)('a server that dies by force leaves no runner behind', async () => {
  const { supervisor, session, machine } = await setUp()
  const held = await supervisor.acquire(target('ollama://qwen:0.5b'))
  const [spawned] = session.of('service_spawned')
  process.kill(spawned!.pid, 'SIGKILL')
  await until(() => session.of('service_exited').length === 1)
  held.release()
  await supervisor.stop()
  expect(await machine.processes()).toEqual([])
})
