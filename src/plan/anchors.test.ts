import { expect, test } from 'vitest'
import { JarvisError } from '../errors.ts'
import { parsePlan } from './parse.ts'

const env = {}

function mistakesOf(text: string): string {
  try {
    parsePlan(text, 'plans/x.yaml', { env })
  } catch (error) {
    if (error instanceof JarvisError && error.code === 'PLAN_INVALID') return error.message
    throw error
  }
  throw new Error('no mistake was found')
}

const BLOCK = 'execution: [{ domain: llm, loadouts: sim://small }]\n'

test('keys are taken over by <<, those that stand there before them, and the first of several', () => {
  const text = `name: x
x-slow: &slow { scenario_timeout: 10m, retry: 2 }
x-steady: &steady
  <<: *slow
  retry: 3
  repeats: 5
settings:
  retry: 1
  <<: [*steady, { restart: run, repeats: 9 }]
services:
  base: &base
    command: server --port {port}
    env: { A: '1' }
  other:
    <<: *base
    command: other --port {port}
${BLOCK}`
  const { settings, services } = parsePlan(text, 'plans/x.yaml', { env })
  expect(settings).toMatchObject({ scenario_timeout: 600, retry: 1, repeats: 5, restart: 'run' })
  expect(services['other']).toMatchObject({
    command: ['other', '--port', '{port}'],
    env: { A: '1' },
  })
})

test('blocks are taken over, and what is wrong in them is told where it stands', () => {
  const text = `name: x
x-block: &block
  domain: llm
  loadouts: [sim://small]
execution:
  - *block
  - { <<: *block, domain: vlm }
  - <<: *block
    loadouts: sim://other
`
  const { blocks } = parsePlan(text, 'plans/x.yaml', { env })
  const told = blocks.map(({ domain, loadouts }) => [domain, loadouts.map(({ title }) => title)])
  expect(told).toEqual([
    ['llm', ['sim://small']],
    ['vlm', ['sim://small']],
    ['llm', ['sim://other']],
  ])
  expect(mistakesOf(text.replace('domain: llm', 'domain: LLM'))).toMatchInlineSnapshot(`
    "plans/x.yaml:3:11  unknown domain "LLM"
      3 |   domain: LLM
        |           ^^^
      expected one of: llm, vlm, stt, tts, sts; or a name of your own, in small letters, digits, - and _
      did you mean "llm"?"
  `)
})

test.for([
  ['a text', 'settings: { <<: retry }\n'],
  ['a list of texts', 'settings: { <<: [retry] }\n'],
  ['nothing', 'settings:\n  <<:\n  retry: 1\n'],
  ['a name that is not given', 'settings: { <<: *slow }\n'],
  ['itself', 'settings: &own\n  <<: *own\n  retry: 1\n'],
  ['twice', 'x-a: &a { retry: 1 }\nsettings:\n  <<: *a\n  <<: *a\n'],
] as const)('<< with %s is a mistake', ([, settings]) => {
  expect(mistakesOf(`name: x\n${settings}${BLOCK}`)).toMatchSnapshot()
})

test('in quotes << is a key like any other', () => {
  expect(mistakesOf(`name: x\nsettings: { "<<": { retry: 1 } }\n${BLOCK}`)).toContain(
    'unknown key "<<"',
  )
})

test('what stands below an x- key is not looked into, except where it is used', () => {
  const text = `name: x
x-note: { any: [thing, 1], "\${UNSET}": "\${UNSET}" }
x-unused: &unused { rtry: 1 }
${BLOCK}`
  expect(parsePlan(text, 'plans/x.yaml', { env }).name).toBe('x')
  const used = `name: x\nx-used: &used { rtry: 1, retry: "\${UNSET}" }\nsettings: *used\n${BLOCK}`
  expect(mistakesOf(used)).toMatch(/unknown key "rtry"[^]*UNSET is not set/)
  const deeper = `name: x\nsettings: { x-deeper: 1 }\n${BLOCK}`
  expect(mistakesOf(deeper)).toContain('unknown key "x-deeper"')
})

test('services that plans share have x- keys and << too', () => {
  const sharedServices = {
    file: 'plans/services.yaml',
    text: 'x-base: &base { command: server }\nservices: { a: { <<: *base, port: 8000 } }\n',
  }
  const { services } = parsePlan(`name: x\n${BLOCK}`, 'plans/x.yaml', { env, sharedServices })
  expect(services['a']).toMatchObject({ command: ['server'], port: 8000 })
})

test('mappings that take over each other again and again are refused as aliases are', () => {
  const levels = Array.from({ length: 20 }, (_, level) => {
    const of = level === 0 ? '{ k: 1 }' : `[*l${level - 1}, *l${level - 1}]`
    return `x-${level}: &l${level} { a${level}: ${of} }`
  })
  expect(mistakesOf(`name: x\n${levels.join('\n')}\nsettings: { <<: *l19 }\n${BLOCK}`)).toContain(
    'its aliases repeat too much',
  )
})
