import { expect, test } from 'vitest'
import { parsePlan } from './parse.ts'

const env = { FOO: 'foo', PORT: '8080', EMPTY: '' }

/** A plan of one block around some lines. */
function planWith(loadouts: string, more = ''): string {
  return `name: x\n${more}execution:\n  - domain: llm\n    loadouts: ${loadouts}\n`
}

test('a single loadout stands alone, with its flags', () => {
  const { blocks } = parsePlan(planWith('sim://small#stream'), 'plans/x.yaml', { env })
  expect(blocks[0]!.loadouts).toMatchObject([{ title: 'sim://small#stream' }])
  const { warnings } = parsePlan(planWith('sim://small #stream'), 'plans/x.yaml', { env })
  expect(warnings).toEqual([expect.stringContaining('#stream is a comment')])
})

test('a plan in the documented form loads with its settings, services and loadouts', () => {
  const text = [
    'name: Fast Health Check',
    'settings: { restart: domain, retention: { keep: 5 } }',
    'services:',
    '  chatterbox-turbo:',
    '    command: python servers/tts_server.py --port {port} --variant {model}',
    '    ready: { url: "http://127.0.0.1:{port}/health", timeout: 300 }',
    '    api: openai',
    '    env: { HF_HOME: "${FOO}/hub", VERSION: 1.10, EMPTY: }',
    '    port: ${PORT}',
    'execution:',
    '  - domain: llm',
    '    loadouts:',
    '      - ["ollama://qwen2.5:0.5b"]',
    '      - ["ollama://qwen2.5:0.5b#stream"]',
    '      - vllm://Qwen/Qwen2-VL-2B-Instruct#ctx=16384',
    '    scenarios: [english_std, "polish_*"]',
    '  - domain: sts',
    '    loadouts:',
    '      - ["native://faster-whisper-base", "ollama://qwen2.5:0.5b", "native://chatterbox-turbo"]',
  ].join('\n')
  const plan = parsePlan(text, 'plans/x.yaml', { env })
  expect({ ...plan, blocks: undefined, services: { ...plan.services } }).toEqual({
    name: 'Fast Health Check',
    description: '',
    file: 'plans/x.yaml',
    text,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    settings: {
      purge_on_entry: true,
      purge_on_exit: true,
      purge: [],
      track_prior_vram: true,
      pull: false,
      startup_timeout: 600,
      scenario_timeout: 120,
      retry: 0,
      repeats: 1,
      reports: true,
      memory: 'warn',
      redact_logs: false,
      restart: 'domain',
      retention: { keep: 5 },
    },
    services: {
      'chatterbox-turbo': {
        name: 'chatterbox-turbo',
        command: ['python', 'servers/tts_server.py', '--port', '{port}', '--variant', '{model}'],
        ready: { url: 'http://127.0.0.1:{port}/health', timeout: 300 },
        api: 'openai',
        env: { HF_HOME: 'foo/hub', VERSION: '1.10', EMPTY: '' },
        port: 8080,
      },
    },
    gates: [],
    legacy: {},
    secrets: [],
    warnings: [],
  })
  expect(plan.blocks.map(({ scenarios }) => scenarios)).toEqual([['english_std', 'polish_*'], null])
  expect(plan.blocks[0]?.loadouts.map(({ name, title }) => [name, title])).toEqual([
    ['ollama-qwen2.5-0.5b', 'ollama://qwen2.5:0.5b'],
    ['ollama-qwen2.5-0.5b-stream', 'ollama://qwen2.5:0.5b#stream'],
    ['vllm-Qwen--Qwen2-VL-2B-Instruct-ctx-16384', 'vllm://Qwen/Qwen2-VL-2B-Instruct#ctx=16384'],
  ])
  expect(plan.blocks[1]?.loadouts[0]?.title).toBe(
    'native://faster-whisper-base + ollama://qwen2.5:0.5b + native://chatterbox-turbo',
  )
})

test('a plan of the older form loads unchanged, with one warning for what is ignored', () => {
  const text = `name: Old
description:
pipeline: [stt, llm, tts]
execution:
  - domain: sts
    mapping: { stt: 0, voice: null }
    loadouts: [[OL_qwen2.5:0.5b, "VL_Qwen/Qwen2-VL", faster-whisper]]
    scenarios: all
  - domain: llm
    loadouts: [[OL_qwen2.5:0.5b]]
    scenarios: [all]
`
  const plan = parsePlan(text, 'plans/old.yaml', { env })
  expect(plan.blocks[0]?.loadouts[0]?.models.map((model) => model.text)).toEqual([
    'ollama://qwen2.5:0.5b',
    'vllm://Qwen/Qwen2-VL',
    'native://faster-whisper',
  ])
  expect(plan.blocks.map(({ scenarios }) => scenarios)).toEqual([null, null])
  expect(plan.legacy).toEqual({ pipeline: ['stt', 'llm', 'tts'] })
  expect(plan.blocks[0]?.legacy).toEqual({ mapping: { stt: 0, voice: null } })
  expect(plan.warnings).toEqual([
    '"mapping" and "pipeline": passed to the scenarios, otherwise ignored.',
  ])
})

test('variables are filled in where values stand, never in the text that is kept', () => {
  const text = `name: "\${FOO} $\${FOO} \${EMPTY:-d} \${NOPE:-}|\${EMPTY}|"
settings: { repeats: "\${PORT}", purge_on_exit: "\${NOPE:-false}" } # \${COMMENT}
execution: [{ domain: llm, loadouts: ["sim://\${FOO}"] }]
`
  const plan = parsePlan(text, 'plans/x.yaml', { env })
  expect(plan.name).toBe('foo ${FOO} d ||')
  expect(plan.settings.repeats).toBe(8080)
  expect(plan.settings.purge_on_exit).toBe(false)
  expect(plan.warnings).toEqual([
    '"purge_on_exit: false" has no effect: the services of a run are always stopped at its end.',
  ])
  expect(plan.blocks[0]?.loadouts[0]?.title).toBe('sim://foo')
  expect(plan.text).toBe(text)
})

test('shared services are there for every plan, and the plan’s own go first', () => {
  const text = 'services:\n  a: { command: shared }\n  b: { command: shared }\n'
  const sharedServices = { file: 'plans/services.yaml', text }
  const own = planWith('[native://a]', 'services: { b: { command: own } }\n')
  const plan = parsePlan(own, 'plans/x.yaml', { env, sharedServices })
  expect(plan.services['a']?.command).toEqual(['shared'])
  expect(plan.services['b']?.command).toEqual(['own'])
  expect(plan.services['constructor']).toBeUndefined()
})

test('names of loadouts are safe and unique where case is not told apart', () => {
  const plan = parsePlan(planWith('[ollama://a:b, ollama://a-b, ollama://A-B]'), 'x.yaml', { env })
  const names = plan.blocks[0]?.loadouts.map(({ name }) => name)
  expect(names).toEqual(['ollama-a-b', 'ollama-a-b_2', 'ollama-A-B_3'])
})

test('a comment behind a model that looks like a flag is told at its place', () => {
  const loadouts = `
      - sim://small #stream
      - sim://other # stream
      - ['sim://third'] #seed=3#stream
      - ollama://small #num_gpu=0 \r
      - sim://fourth #todo
      - [sim://fifth, sim://sixth] #both
      - native://own #mode=fast
      - native://own#mode=slow #slow, and right so`
  const plan = parsePlan(planWith(loadouts), 'plans/x.yaml', { env })
  expect(plan.warnings).toEqual([
    'plans/x.yaml:5:21  #stream is a comment, as a blank stands before it. For the flag write sim://small#stream',
    'plans/x.yaml:7:25  #seed=3#stream is a comment, as a blank stands before it. For the flag write sim://third#seed=3#stream',
    'plans/x.yaml:8:24  #num_gpu=0 is a comment, as a blank stands before it. For the flag write ollama://small#num_gpu=0',
    'plans/x.yaml:11:22  #mode=fast is a comment, as a blank stands before it. For the flag write native://own#mode=fast',
  ])
})

test('a character that looks like a blank may stand where people read, and be written as an escape', () => {
  const text = `name: "Modèles\u00A0: tous"
description: Prêt\u00A0! # le\u00A0soir
services:
  a: { command: x, env: { TITLE: "a\u200Bb" } }
execution:
  - domain: llm
    mapping: { a: "x\u00A0y" }
    loadouts: [a]
    scenarios: ["two\\u00A0words"]
`
  const plan = parsePlan(text, 'plans/x.yaml', { env })
  expect(plan.blocks[0]?.scenarios).toEqual(['two\u00A0words'])
  expect(plan.name).toBe('Modèles\u00A0: tous')
})
