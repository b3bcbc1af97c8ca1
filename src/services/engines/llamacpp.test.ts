import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { realLlamaServer } from '../../../test/support/real-programs.ts'
import {
  failureOf,
  isAlive,
  modelUri,
  planOf,
  supervise,
  target,
  temporaryFolder,
  type TestSession,
} from '../../../test/support/services.ts'
import { cacheModel, standInMachine, standInsRun } from '../../../test/support/stand-ins.ts'
import { llamacpp } from './llamacpp.ts'

/** Stand-ins start fast, a busy machine does not. */
const PATIENT = { startup_timeout: 60 }
const REPOSITORY = 'stand-in/tiny-GGUF'
const real = realLlamaServer()
/** A real program takes what a busy machine gives it. */
const PATIENCE = real === null ? 1 : 10

function machine() {
  return standInMachine(temporaryFolder(), ['llama-server'])
}

function gguf(folder: string, content = 'GGUF'): string {
  const path = join(folder, 'tiny.gguf')
  writeFileSync(path, content)
  return path
}

const programs = [
  ...(standInsRun ? [{ kind: 'the stand-in', model: null }] : []),
  ...(real === null
    ? []
    : [
        {
          kind: `the llama-server that is installed here (${basename(real.model)})`,
          model: real.model,
        },
      ]),
]

test.for(programs)(
  '$kind serves a file, tells its own speeds and is gone after stop',
  { timeout: 180_000 * PATIENCE },
  async (one) => {
    const { folder, env } = machine()
    const path = one.model ?? gguf(folder)
    const seen = one.model === null ? env : process.env
    const { supervisor, session } = supervise([], { startup_timeout: 120 * PATIENCE }, seen)
    const held = await supervisor.acquire(target(`llamacpp://${path}#ctx=512#stream`))
    const [service] = held.services
    expect(service).toMatchObject({ engine: 'llamacpp', model: path, apis: ['openai'] })
    const messages = [{ role: 'user', content: 'one two three' }]
    const response = await fetch(`${service!.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: path, messages, max_tokens: 3 }),
    })
    expect(await response.json()).toMatchObject({
      usage: { completion_tokens: 3 },
      timings: { predicted_n: 3, predicted_per_second: expect.any(Number) },
    })
    held.release()
    await supervisor.stop()
    const [spawned] = session.of('service_spawned')
    expect(spawned!.command).toMatch(/ --host 127\.0\.0\.1 --port \d+ --ctx-size 512$/)
    expect(isAlive(spawned!.pid)).toBe(false)
    expect(session.of('service_exited')).toMatchObject([{ expected: true }])
  },
)

test.runIf(standInsRun)(
  'a model of the cache is served without looking for a newer one',
  async () => {
    const here = machine()
    cacheModel(here, REPOSITORY, { 'tiny-q4_k_m.gguf': 'GGUF' })
    const { supervisor, session } = supervise([], PATIENT, here.env)
    await supervisor.acquire(target(`llamacpp://${REPOSITORY}:Q4_K_M`))
    const [spawned] = session.of('service_spawned')
    expect(spawned!.command).toContain(` --hf-repo ${REPOSITORY}:Q4_K_M `)
    expect(session.log(spawned!)).toContain('offline: 1')
  },
)

test.runIf(standInsRun)(
  'what Hugging Face does not give is MISSING when the plan says pull',
  async () => {
    const { env } = machine()
    const { supervisor } = supervise([], { ...PATIENT, pull: true }, env)
    const error = await failureOf(supervisor.acquire(target('llamacpp://stand-in/unknown-GGUF')))
    expect(error.code).toBe('MISSING')
    expect(error.message).toBe(
      'llamacpp://stand-in/unknown-GGUF cannot be started: Hugging Face does not give it. Check its name, ' +
        'or log in and get it with: hf auth login && hf download stand-in/unknown-GGUF',
    )
  },
)

test.runIf(standInsRun)('a file that is no model fails with the last lines', async () => {
  const { folder, env } = machine()
  const { supervisor } = supervise([], PATIENT, env)
  const path = gguf(folder, 'none')
  const error = await failureOf(supervisor.acquire(target(`llamacpp://${path}`)))
  expect(error.code).toBe('SERVICE_FAILED')
  expect(error.message).toMatch(/exited with code 1 before it was ready.*invalid magic characters/s)
})

test.runIf(standInsRun)(
  'a process that dies while its scenarios run is told with its signal',
  async () => {
    const { folder, env } = machine()
    const { supervisor, session } = supervise([], PATIENT, env)
    await supervisor.acquire(target(`llamacpp://${gguf(folder)}`))
    const [spawned] = session.of('service_spawned')
    process.kill(spawned!.pid, 'SIGKILL')
    await expect
      .poll(() => session.of('service_exited'))
      .toMatchObject([{ signal: 'SIGKILL', expected: false }])
  },
)

test.runIf(standInsRun).for([
  ['llamacpp://no/such/file.gguf', 'MISSING', /no file .*no.such.file\.gguf\.$/],
  [
    'llamacpp://owner/name:Q8_0',
    'MISSING',
    /hf download owner\/name --include '\*Q8_0\*\.gguf' \(or set `pull: true`/,
  ],
  ['llamacpp://owner/name#mmproj=eyes.gguf', 'MISSING', /no file .*eyes\.gguf\.$/],
  ['llamacpp://nonsense', 'USAGE', /Expected the path of a \.gguf file, or owner\/name:QUANT/],
] as const)('%s is %s', async ([uri, code, message]) => {
  const { folder, env } = machine()
  const found = llamacpp.find(modelUri(uri), { plan: planOf([]), root: folder, env })
  expect(await failureOf(found)).toMatchObject({ code, message: expect.stringMatching(message) })
})

test('without the program the message says how to get it', async () => {
  const { folder, env } = standInMachine(temporaryFolder(), [])
  const context = { plan: planOf([]), root: folder, env }
  const found = llamacpp.find(modelUri('llamacpp://owner/name'), context)
  expect((await failureOf(found)).message).toMatch(
    /^llamacpp:\/\/owner\/name cannot be started: the program llama-server was not found on PATH\. Get it with/,
  )
  expect(await llamacpp.versions!(context)).toEqual({ llamacpp: null })
})

test.runIf(standInsRun)('the version is what the program says on stderr', async () => {
  const { folder, env } = machine()
  const versions = await llamacpp.versions!({ plan: planOf([]), root: folder, env })
  expect(versions).toEqual({ llamacpp: '6789' })
})

test.runIf(standInsRun).for([
  ['version: 0 (unknown)', null],
  ['version: 1 (0c1e570)', null],
  ['version: 0.5.0-dev (build 1, commit 0c1e570)', '0.5.0-dev'],
  ['version: 0.5.0 (build 7123, commit 0c1e570)', '7123'],
] as const)('a program that says "%s" has the version %s', async ([says, version]) => {
  const { folder, env } = machine()
  const program = join(folder, 'own-llama-server')
  writeFileSync(program, `#!/bin/sh\necho "${says}" >&2\n`, { mode: 0o755 })
  const own = { ...env, LLAMA_SERVER: program }
  const versions = await llamacpp.versions!({ plan: planOf([]), root: folder, env: own })
  expect(versions).toEqual({ llamacpp: version })
})

test.runIf(standInsRun).for([
  { what: 'a build that prints it by itself', env: {}, told: true },
  { what: 'one that has to be asked to', env: { LLAMA_STAND_IN_BUILD: '9284' }, told: true },
  {
    what: 'one that was built without its history, with the version that its program tells',
    env: { LLAMA_STAND_IN_BUILD: '1', LLAMA_STAND_IN_VERSION: '0.5.0-dev' },
    told: true,
  },
  {
    what: 'one whose user wants it silent',
    env: { LLAMA_STAND_IN_BUILD: '9284', LLAMA_ARG_LOG_VERBOSITY: '2' },
    told: false,
  },
])('what a load took is told by $what', async ({ env, told }) => {
  const here = machine()
  const { supervisor, session } = supervise([], PATIENT, { ...here.env, ...env })
  const path = gguf(here.folder)
  await supervisor.acquire(target(`llamacpp://${path}#ctx=2048#parallel=2`))
  const measured = session.of('memory_measured')
  expect(measured).toHaveLength(told ? 1 : 0)
  const version = env.LLAMA_STAND_IN_VERSION ?? env.LLAMA_STAND_IN_BUILD
  if (told) checkMeasured(session, `llamacpp://${path}#ctx=2048#parallel=2`, version)
})

/** What the stand-in prints of a context of 2,048 tokens. */
function checkMeasured(session: TestSession, model: string, version = '6789'): void {
  const MIB = 1024 ** 2
  const [measured] = session.of('memory_measured')
  expect(session.types.indexOf('memory_measured')).toBeLessThan(
    session.types.indexOf('model_ready'),
  )
  expect(measured).toMatchObject({
    engine: 'llamacpp',
    model,
    version,
    device: 'cpu',
    quantisation: 'Q4_K - Medium',
    context: 2048,
    slots: 2,
    unified: false,
    flash_attention: true,
    kv_types: { k: 'f16', v: 'f16' },
    parts: [
      { part: 'weights', device: 'CPU_Mapped', bytes: 1000 * MIB },
      { part: 'kv_cache', device: 'CPU', bytes: 128 * MIB },
      { part: 'compute', device: 'CPU', bytes: 20 * MIB },
    ],
  })
  const { own_bytes } = measured!.process ?? { own_bytes: null }
  expect(own_bytes === null || own_bytes > MIB).toBe(true)
}
