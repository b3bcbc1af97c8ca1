import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readSystemYaml } from './read-system-yaml.ts'
import { UNKNOWN_FACTS } from './system-facts.ts'
import { systemYaml } from './system-yaml.ts'

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    'yes',
    'null',
    '1.10',
    '0x1f',
    'a b ',
    '{ a: 1 }',
    '- x',
    'a: b',
    '"',
    "'",
    '~',
    '',
  ),
  fc.stringMatching(/^[\w ./()+@=:#,-]{0,20}$/),
)
const plan = fc.oneof(
  fc.array(text).map((lines) => lines.join('\n')),
  fc
    .array(fc.constantFrom('', ' ', 'a:', '  b: 1', '\t- c', '---', '# d'))
    .map((all) => all.join('\n')),
)
const sessions = fc.record({
  session: text,
  command: text,
  file: text,
  plan,
  os: fc.option(text),
  gpus: fc.option(
    fc.array(
      fc.record({
        index: fc.nat(9),
        model: text,
        vram_total_gb: fc.option(fc.double({ min: 0, max: 500, noNaN: true })),
        driver: fc.option(text),
      }),
      { maxLength: 3 },
    ),
  ),
  engines: fc.dictionary(text, fc.option(text), { maxKeys: 4 }),
  scenarios: fc.dictionary(text, text, { maxKeys: 4 }),
})

function written(of: typeof sessions extends fc.Arbitrary<infer Of> ? Of : never): string {
  const { session, command, file, os, gpus, engines, scenarios } = of
  return systemYaml(
    {
      session,
      startTime: '2026-02-16T23:12:05.123+01:00',
      command,
      plan: { file, sha256: 'ab', text: of.plan },
    },
    { ...UNKNOWN_FACTS, os, gpus, scenarios, cpu_count: 32, total_ram_gb: 125.7, dirty: true },
    engines,
  )
}

test('what is written of a machine is read as YAML reads it', () => {
  let own = 0
  const runs = 40
  fc.assert(
    fc.property(sessions, (of) => {
      const yaml = written(of)
      const read = readSystemYaml(yaml)
      fc.pre(read !== null)
      own += 1
      expect(read).toEqual(parse(yaml, { logLevel: 'error' }))
    }),
    { numRuns: runs, seed: 7 },
  )
  expect(own).toBe(runs)
})

test('however it is edited by hand, it is read as YAML reads it, or YAML is asked', () => {
  const whole = written({
    session: 'RUN_20260216_231205',
    command: 'vitest run --config jarvis',
    file: 'plans/night.yaml',
    plan: 'name: Night\n\nexecution: []\n',
    os: 'Ubuntu 24.04',
    gpus: [{ index: 0, model: 'RTX 5090', vram_total_gb: 31.84, driver: '590.44' }],
    engines: { ollama: '0.17.4', vllm: null },
    scenarios: { 'scenarios/llm/a.scenario.ts': 'f1ae95eaaa7620f0' },
  })
  expect(readSystemYaml(whole)).toEqual(parse(whole))
  const edit = fc.record({
    at: fc.nat(whole.length),
    removed: fc.nat(6),
    added: fc.oneof(
      fc.string({ maxLength: 3 }),
      fc.constantFrom(
        '\n',
        ' ',
        ': ',
        ', ',
        '- ',
        '{ ',
        ' }',
        '#',
        '|',
        '&a ',
        '*a',
        '\t',
        '"',
        '~',
        '1_0',
      ),
    ),
  })
  fc.assert(
    fc.property(edit, ({ at, removed, added }) => {
      const yaml = whole.slice(0, at) + added + whole.slice(at + removed)
      const read = readSystemYaml(yaml)
      fc.pre(read !== null)
      expect(read).toEqual(parse(yaml, { logLevel: 'error' }))
    }),
    { numRuns: 120, seed: 7 },
  )
})

test('of a block that says how far in it is, the spaces in front are its own', () => {
  for (const chomping of ['', '-', '+']) {
    const nested = `plan:\n  content: |2${chomping}\n      x\n${chomping === '+' ? '\n' : ''}`
    expect(readSystemYaml(nested)).toEqual(parse(nested))
    expect(readSystemYaml(`a: |2${chomping}\n    x\n`)).toBeNull()
  }
})
