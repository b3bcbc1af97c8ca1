import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { leftOf } from '../support/processes.ts'
import { cleanEnvironment } from '../support/run.ts'
import { realEngines } from './support/engines.ts'
import { partNames, pathOf, stack, stackVariables, testOn } from './support/parts.ts'
import { doctor, serviceLog, startReal } from './support/real-run.ts'

describe.for(realEngines.filter(({ domain }) => domain === 'llm'))('$name', (engine) => {
  const { parts, model, env } = engine

  testOn(parts, 'is found by doctor, with its version', async () => {
    const told = await doctor({ REAL_MODEL: model() })
    expect(told).toMatch(/^ok +model +\S+:\/\/\S+ +It can be started, with \w+ \d\S*\.$/m)
    expect(told).not.toMatch(/^missing/m)
  })

  testOn(
    parts,
    'serves a plan, with its version and what its load took; its log is complete, and it is gone',
    async () => {
      const { running, project } = startReal('plans/default.yaml', {
        env: { ...env, REAL_MODEL: model() },
      })
      const { code, output, session } = await running.ended()
      expect(code, output).toBe(0)
      const [row] = session!.results('llm')
      expect(row).toMatchObject({
        status: 'PASSED',
        metrics: { output_tokens: expect.any(Number) },
      })
      const [spawned] = session!.eventsOf('service_spawned')
      const { engine } = spawned!
      expect(session!.eventsOf('model_ready')).toMatchObject([
        { engines: { [engine]: versionOf(parts[0]!) } },
      ])
      const [measured] = session!.eventsOf('memory_measured')
      expect(measured).toMatchObject({ engine, version: versionOf(parts[0]!), context: 1_024 })
      expect(measured!.parts.map(({ part }) => part)).toContain('kv_cache')
      expect(session!.eventsOf('service_exited')).toMatchObject([{ expected: true }])
      const [program = '', ...args] = spawned!.command.split(' ')
      expect(plain(serviceLog(session!).split('\n')[0]!)).toBe(
        plain(await firstLine(program, args)),
      )
      expect(leftOf(project.root)).toEqual([])
    },
  )
})

testOn(
  ['ollama', 'gemma3-270m', 'llama-server', 'smollm2-135m'],
  'two loadouts in a row: the first is gone before the second comes',
  async () => {
    const models = {
      REAL_MODEL: 'ollama://gemma3-270m#ctx=1024#stream',
      REAL_OTHER: `llamacpp://${pathOf('smollm2-135m', 'model')}#ctx=1024`,
    }
    const { running, project } = startReal('plans/two.yaml', { env: models })
    const { code, output, session } = await running.ended()
    expect(code, output).toBe(0)
    const rows = session!.results('llm')
    expect(rows.map(({ models: of, status }) => [...of, status])).toEqual([
      [models.REAL_MODEL, 'PASSED'],
      [models.REAL_OTHER, 'PASSED'],
    ])
    const life = session!
      .events()
      .flatMap(({ type }) => (type.startsWith('service_') ? [type] : []))
    expect(life).toEqual(['service_spawned', 'service_exited', 'service_spawned', 'service_exited'])
    expect(leftOf(project.root)).toEqual([])
  },
)

describe('a model that is not there is MISSING, with the command that gets it', () => {
  testOn(['ollama'], 'from Ollama', () =>
    missing('ollama://no-such-model:1b', /ollama pull no-such-model:1b/),
  )
  testOn(['llama-server'], 'from llama-server', () =>
    missing('llamacpp://nobody/no-such-model-GGUF:Q4_K_M', /llama-server -hf|hf download/),
  )
  testOn(['vllm'], 'from vLLM', () =>
    missing('vllm://nobody/no-such-model', /hf download nobody\/no-such-model/),
  )
})

test('what is not there of the stack is told', () => {
  const told = Object.entries(stack.parts).map(([name, part]) => [name, part.status, part.reason])
  for (const [, status, reason] of told) expect(status === 'installed').toBe(reason === null)
  expect(partNames).toEqual(expect.arrayContaining(Object.keys(stack.parts)))
})

/** Without what a build adds to it. */
function versionOf(part: string): string {
  return stack.parts[part]!.version!.split('+')[0]!
}

async function missing(uri: string, command: RegExp): Promise<void> {
  const { running, project } = startReal('plans/default.yaml', { env: { REAL_MODEL: uri } })
  const { code, session } = await running.ended()
  expect(code).toBe(1)
  const [row] = session!.results('llm')
  expect(row).toMatchObject({ status: 'MISSING' })
  expect(row!.errors![0]!.message).toMatch(command)
  expect(leftOf(project.root)).toEqual([])
}

/** What the program itself writes first, without jarvis. */
async function firstLine(program: string, args: string[]): Promise<string> {
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...cleanEnvironment(), ...stackVariables() },
  })
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      text += piece.toString()
    })
  }
  const ended = once(child, 'exit')
  while (!text.includes('\n')) {
    // oxlint-disable-next-line no-await-in-loop -- reads on until there is a line
    await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended])
  }
  return text.split('\n')[0]!
}

/** Without times, ports, process numbers and environments, which change from start to start. */
function plain(line: string): string {
  return line.replace(/env="?.*$/, 'env').replaceAll(/\d+/g, '0')
}
