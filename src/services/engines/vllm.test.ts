import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { realVllm } from '../../../test/support/real-programs.ts'
import {
  failureOf,
  isAlive,
  modelUri,
  planOf,
  supervise,
  target,
  temporaryFolder,
} from '../../../test/support/services.ts'
import {
  cacheModel,
  standInMachine,
  type StandInMachine,
  standInsRun,
} from '../../../test/support/stand-ins.ts'
import { vllm } from './vllm.ts'

/** Stand-ins start fast, a busy machine does not. */
const PATIENT = { startup_timeout: 60 }
const MODEL = 'stand-in/tiny'
const real = realVllm()
/** A real program takes what a busy machine gives it. */
const PATIENCE = real === null ? 1 : 10

function machine(...models: string[]): StandInMachine {
  const here = standInMachine(temporaryFolder(), ['vllm'])
  for (const model of models) cacheModel(here, model)
  return here
}

function enginePid(log: string): number {
  return Number(/EngineCore pid=(\d+)/.exec(log)?.[1])
}

const programs = [
  ...(standInsRun ? [{ kind: 'the stand-in', model: null }] : []),
  ...(real === null
    ? []
    : [{ kind: `the vLLM that is installed here (${real.model})`, model: real.model }]),
]

test.for(programs)(
  '$kind serves a cached model and is gone after stop',
  { timeout: 600_000 * PATIENCE },
  async (one) => {
    const { env } = machine(MODEL)
    const model = one.model ?? MODEL
    const seen = one.model === null ? env : process.env
    const { supervisor, session } = supervise([], { startup_timeout: 600 * PATIENCE }, seen)
    // A real one refuses limits on images for a model that takes none, and compiles for minutes.
    const own = one.model === null ? '#mm=image:2,video:0' : '#enforce_eager'
    const uri = `vllm://${model}#ctx=512#gpu_util=0.5${own}#stream`
    const held = await supervisor.acquire(target(uri))
    expect(held.services).toMatchObject([{ engine: 'vllm', model, apis: ['openai'] }])
    const response = await fetch(`${held.services[0]!.url}/v1/models`)
    expect(await response.json()).toMatchObject({ data: [{ id: model }] })
    held.release()
    await supervisor.stop()
    const [spawned] = session.of('service_spawned')
    expect(spawned!.command).toMatch(
      / --host 127\.0\.0\.1 --port \d+ --served-model-name \S+ --max-model-len 512 --gpu-memory-utilization 0\.5 (?:--limit-mm-per-prompt \{"image":2,"video":0\}|--enforce-eager)$/,
    )
    expect(isAlive(spawned!.pid)).toBe(false)
    expect(session.of('service_exited')).toMatchObject([{ expected: true, code: 0 }])
  },
)

test.runIf(standInsRun)(
  'a model in a folder is served under the name that the plan gives it',
  async () => {
    const here = machine()
    const folder = join(here.folder, 'weights')
    mkdirSync(folder)
    const { supervisor } = supervise([], PATIENT, here.env)
    const held = await supervisor.acquire(target(`vllm://${folder}`))
    expect(held.services[0]!.model).toBe(folder)
  },
)

test.runIf(standInsRun)(
  'an engine process in a session of its own ends when the server is killed',
  async () => {
    const here = machine('stand-in/stray')
    const { supervisor, session } = supervise([], PATIENT, here.env)
    await supervisor.acquire(target('vllm://stand-in/stray'))
    const [spawned] = session.of('service_spawned')
    const engine = enginePid(session.log(spawned!))
    expect(isAlive(engine)).toBe(true)
    process.kill(spawned!.pid, 'SIGKILL')
    await expect.poll(() => isAlive(engine)).toBe(false)
    await expect
      .poll(() => session.of('service_exited'))
      .toMatchObject([{ signal: 'SIGKILL', expected: false }])
  },
)

test.runIf(standInsRun)('a healthy server whose engine fails does not count as up', async () => {
  const here = machine('stand-in/broken')
  const { supervisor } = supervise([], PATIENT, here.env)
  const error = await failureOf(supervisor.acquire(target('vllm://stand-in/broken')))
  expect(error.message).toMatch(
    /answered \/v1\/chat\/completions with 500 .*EngineCore encountered/,
  )
})

test.runIf(standInsRun)('a GPU that is too small fails with the last lines', async () => {
  const here = machine('stand-in/too-large')
  const { supervisor } = supervise([], PATIENT, here.env)
  const error = await failureOf(supervisor.acquire(target('vllm://stand-in/too-large')))
  expect(error.code).toBe('SERVICE_FAILED')
  expect(error.message).toMatch(/Free memory on device.*Engine core initialization failed/s)
})

test.runIf(standInsRun).for([
  [
    'gated',
    /Ask for access on https:\/\/huggingface\.co\/stand-in\/gated, then: hf auth login && hf download stand-in\/gated$/,
  ],
  ['unknown', /Hugging Face knows no model stand-in\/unknown, .* hf download stand-in\/unknown$/],
] as const)('a model that is %s is MISSING when the plan says pull', async ([name, message]) => {
  const here = machine()
  const { supervisor } = supervise([], { ...PATIENT, pull: true }, here.env)
  const error = await failureOf(supervisor.acquire(target(`vllm://stand-in/${name}`)))
  expect(error).toMatchObject({ code: 'MISSING', message: expect.stringMatching(message) })
})

test.runIf(standInsRun)('a download that was broken off is MISSING', async () => {
  const here = machine()
  cacheModel(here, MODEL, { 'config.json': '{}' })
  const found = vllm.find(modelUri(`vllm://${MODEL}`), {
    plan: planOf([]),
    root: here.folder,
    env: here.env,
  })
  expect((await failureOf(found)).message).toMatch(
    /is not in the Hugging Face cache .* hf download stand-in\/tiny \(or set/,
  )
})

test.runIf(standInsRun)('the version is read from the package, without starting vLLM', async () => {
  const { folder, env } = standInMachine(temporaryFolder(), [])
  const bin = join(folder, 'vllm-env', 'bin')
  const packages = join(folder, 'vllm-env', 'lib', 'python3.12', 'site-packages')
  mkdirSync(join(packages, 'vllm-0.11.2+cu129.dist-info'), { recursive: true })
  mkdirSync(bin)
  writeFileSync(join(bin, 'vllm'), '#!/bin/sh\nexit 9\n', { mode: 0o755 })
  const context = { plan: planOf([]), root: folder, env: { ...env, PATH: bin } }
  expect(await vllm.versions!(context)).toEqual({ vllm: '0.11.2+cu129' })
})

test.runIf(standInsRun)('a program without a package beside it is asked', async () => {
  const { folder, env } = machine()
  const versions = await vllm.versions!({ plan: planOf([]), root: folder, env })
  expect(versions).toEqual({ vllm: '0.11.0+stand.in' })
})
