import { expect, test } from 'vitest'
import { JarvisError } from '../errors.ts'
import { parsePlan, type PlanFile } from './parse.ts'

const env = { FOO: 'foo', PORT: '8080' }

function mistakesOf(text: string, sharedServices?: PlanFile): string {
  try {
    parsePlan(text, 'plans/x.yaml', { env, sharedServices })
  } catch (error) {
    if (error instanceof JarvisError && error.code === 'PLAN_INVALID') return error.message
    throw error
  }
  throw new Error('no mistake was found')
}

/** A plan of one block around some lines. */
function planWith(loadouts: string, more = ''): string {
  return `name: x\n${more}execution:\n  - domain: llm\n    loadouts: ${loadouts}\n`
}

test('all mistakes of a file are told at once, each at its place', () => {
  const text = `nmae: x
settings: { retry: -1, restart: lodout }
execution:
  - domain: LLM
    loadouts: [[]]
    scenarois: [all]
  - domain: llm
    loadouts:
      - ["olama://x", 5]
      - ["ollama://x#Stream"]
      - ollama://x#ctx=1#stream
      - OL_x#stream#ctx=1
      - ["ollama://\${MODEL}"]
`
  expect(mistakesOf(text)).toMatchInlineSnapshot(`
    "plans/x.yaml:1:1  "name" is missing
      1 | nmae: x
        | ^
      expected a name in words, in quotes where it looks like a number

    plans/x.yaml:1:1  unknown key "nmae"
      1 | nmae: x
        | ^^^^
      expected one of: name, description, settings, services, execution, gates, roles, cluster
      did you mean "name"?

    plans/x.yaml:2:20  unexpected value of "retry"
      2 | settings: { retry: -1, restart: lodout }
        |                    ^^
      expected a whole number, 0 or more

    plans/x.yaml:2:33  unknown restart "lodout"
      2 | settings: { retry: -1, restart: lodout }
        |                                 ^^^^^^
      expected one of: loadout, domain, run
      did you mean "loadout"?

    plans/x.yaml:4:13  unknown domain "LLM"
      4 |   - domain: LLM
        |             ^^^
      expected one of: llm, vlm, stt, tts, sts; or a name of your own, in small letters, digits, - and _
      did you mean "llm"?

    plans/x.yaml:5:16  this is empty
      5 |     loadouts: [[]]
        |                ^^
      expected at least one model in a loadout

    plans/x.yaml:6:5  unknown key "scenarois"
      6 |     scenarois: [all]
        |     ^^^^^^^^^
      expected one of: domain, loadouts, scenarios, roles
      did you mean "scenarios"?

    plans/x.yaml:9:11  unknown engine "olama"
      9 |       - ["olama://x", 5]
        |           ^^^^^
      expected one of: ollama, vllm, llamacpp, native, openai, cli, sim
      did you mean "ollama"?

    plans/x.yaml:9:23  unexpected value
      9 |       - ["olama://x", 5]
        |                       ^
      expected a model such as "ollama://qwen2.5:0.5b"

    plans/x.yaml:10:21  "Stream" is not a flag's name
      10 |       - ["ollama://x#Stream"]
         |                     ^^^^^^^
      expected #flag or #key=value, with a key of a to z and _
      did you mean "#stream"?

    plans/x.yaml:12:9  llm has this loadout already on line 11
      12 |       - OL_x#stream#ctx=1
         |         ^^^^^^^^^^^^^^^^^
      expected each loadout of a domain once; repeats in the settings runs it more often

    plans/x.yaml:13:20  the environment variable MODEL is not set
      13 |       - ["ollama://\${MODEL}"]
         |                    ^^^^^^^^
      expected export MODEL=value ($env:MODEL = 'value' in PowerShell) before the run, or a default: \${MODEL:-value}"
  `)
})

test('mistakes in a service stand where they are', () => {
  const services = `services:
  a b: { command: x }
  tts: { command: "python 'x", ready: { url: foo, port: 1 }, grace: -1 }
  ok: { command: "a && b", ready: { log: "(" }, env: { C: "\${NOPE}" } }
  ok: {}
`
  expect(mistakesOf(planWith('[sim://a]', services))).toMatchInlineSnapshot(`
    "plans/x.yaml:3:3  "a b" can't be a name here
      3 |   a b: { command: x }
        |   ^^^
      expected a name of letters, digits and . _ - / :

    plans/x.yaml:4:27  the quote ' is never closed
      4 |   tts: { command: "python 'x", ready: { url: foo, port: 1 }, grace: -1 }
        |                           ^^
      expected a second ' at the end of the argument

    plans/x.yaml:4:39  a service is ready in one way
      4 |   tts: { command: "python 'x", ready: { url: foo, port: 1 }, grace: -1 }
        |                                       ^^^^^^^^^^^^^^^^^^^^^
      expected one of url, port and log

    plans/x.yaml:4:46  this is not a URL
      4 |   tts: { command: "python 'x", ready: { url: foo, port: 1 }, grace: -1 }
        |                                              ^^^
      expected a URL such as "http://127.0.0.1:{port}/health"

    plans/x.yaml:4:69  unexpected value of "grace"
      4 |   tts: { command: "python 'x", ready: { url: foo, port: 1 }, grace: -1 }
        |                                                                     ^^
      expected a number of seconds, 0 or more, or a duration such as 30s or 10m

    plans/x.yaml:5:21  the command is run without a shell: && would be an argument
      5 |   ok: { command: "a && b", ready: { log: "(" }, env: { C: "\${NOPE}" } }
        |                     ^^
      expected one program and its arguments; put && in quotes where it is one, or run sh -c '…'

    plans/x.yaml:5:42  this is not a regular expression: Unterminated group
      5 |   ok: { command: "a && b", ready: { log: "(" }, env: { C: "\${NOPE}" } }
        |                                          ^^^
      expected one of JavaScript's, with \\( \\[ \\. \\* \\+ \\? for the characters themselves

    plans/x.yaml:5:60  the environment variable NOPE is not set
      5 |   ok: { command: "a && b", ready: { log: "(" }, env: { C: "\${NOPE}" } }
        |                                                            ^^^^^^^
      expected export NOPE=value ($env:NOPE = 'value' in PowerShell) before the run, or a default: \${NOPE:-value}

    plans/x.yaml:6:3  "ok" is already given on line 5
      6 |   ok: {}
        |   ^^
      expected each key once"
  `)
})

test.for([
  ['an empty file', ''],
  ['a file of comments', '# nothing yet\n'],
  ['a list', '- a\n'],
  ['a plan with nothing but its keys', 'name:\nexecution:\n'],
  ['a plan without blocks', 'name: x\nexecution: []\n'],
  ['a tab', 'name: x\n\tdescription: y\n'],
  ['a second colon', 'name: a: b\n'],
  ['an unquoted brace', 'name: {x: ${Y}}\nexecution: []\n'],
  ['a glob without quotes', planWith('[sim://a]\n    scenarios: [*_std]')],
  ['a byte order mark and CRLF', '\uFEFFname: x\r\nexecution: 3\r\n'],
  ['wide characters before the place', planWith('["ollama://你好", 漢字: 1]')],
  ['deep nesting', `name: ${'['.repeat(60)}${']'.repeat(60)}`],
  ['very deep nesting', '['.repeat(5_000)],
  ['very deep nesting around an open quote', `${'['.repeat(5_000)}"`],
  ['an alias that holds itself', 'name: &a [*a, *a]\n'],
  ['a key less indented than its neighbours', 'name: x\nsettings:\n  retry: 1\n repeats: 2\n'],
  ['a key deeper than its neighbours', planWith('[sim://a]').replace('    load', '      load')],
  ['a list item that is none', planWith('[sim://a]').replace('    load', '   load')],
  ['a block less indented than its neighbours', `${planWith('[a]')} - domain: llm\n`],
  ['a quote that is never closed', planWith('["sim://a]\n    scenarios: [all]')],
  ['a single quote that is never closed', planWith("['sim://a]\n    scenarios: [all]")],
  ['a list that is never closed', planWith('[sim://a')],
  ['a list that is closed too late', planWith('[sim://a\n    scenarios: [all]')],
  ['a key without a colon', 'name: x\ndescription\n'],
  ['a key without a colon before another', 'name: x\ndescription\nexecution: []\n'],
  ['a NUL', 'name: x\ndescription: a\0b\n'],
  ['a key and a loadout that stand twice', `name: y\n${planWith('[sim://a, sim://a]')}`],
  ['keys called length where a list is expected', 'name: {length: {}}\nexecution: {"length":{}}\n'],
  ['typographic quotes around models', planWith('[“sim://a”, ‘sim://b’, «sim://c»]')],
  ['typographic quotes around a block', `${planWith('“sim://a”')}    scenarios: “all”\n`],
  ['typographic quotes around a key', `“name”: x\n${planWith('[sim://a]')}`],
  ['typographic quotes around text with a colon', 'name: “Fast: a check”\nexecution: []\n'],
  [
    'typographic quotes within a command',
    planWith('[native://a]', 'services: { a: { command: server --name “a b” } }\n'),
  ],
  ['a typographic quote that is never closed', planWith('[“sim://a, sim://b]')],
  ['two documents', `${planWith('[sim://a]')}---\nname: y\n`],
] as const)('a message for a person: %s', ([, text]) => {
  // Where the parser runs out of stack depends on the stack that is left.
  expect(
    mistakesOf(text).replace(/:1:\d+  not valid YAML: nested[^]*/, ':1 nested'),
  ).toMatchSnapshot()
})

test('an apostrophe, and what stands in real quotes or is for people to read, is no typographic quote', () => {
  const text = `name: “Fast” check
description: it’s quick
services: { a: { command: "/home/o’brien/server --name '“a”'", env: { SAID: “yes” } } }
execution: [{ domain: llm, loadouts: ["native://a#voice=“Ada”", native://a#voice=d’Arc] }]
`
  expect(parsePlan(text, 'plans/x.yaml', { env }).name).toBe('“Fast” check')
})

test('an alias bomb is refused, an anchor that is used a few times is not', () => {
  let bomb = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n'
  for (let n = 1; n < 10; n += 1) bomb += `a${n}: &a${n} [${`*a${n - 1}, `.repeat(9)}]\n`
  expect(mistakesOf(bomb)).toContain('its aliases repeat too much')
  const shared = `name: x
execution:
  - { domain: llm, loadouts: &both [sim://a, sim://b] }
  - { domain: vlm, loadouts: *both }
`
  const plan = parsePlan(shared, 'plans/x.yaml', { env })
  expect(plan.blocks[1]?.loadouts.map(({ name }) => name)).toEqual(['sim-a', 'sim-b'])
})

test('a file with very many mistakes tells fifty and counts the rest', () => {
  const text = Array.from({ length: 80 }, (_, n) => `key${n}: 1\n`).join('')
  const message = mistakesOf(text)
  expect(message.match(/^plans\/x\.yaml:/gm)).toHaveLength(50)
  expect(message).toMatch(/\n\nand 32 more$/)
})

test('more than a mebibyte is refused at once', () => {
  const started = performance.now()
  expect(mistakesOf('a: 1\n'.repeat(250_000))).toBe(
    'plans/x.yaml:1:1  the file is larger than 1 MiB\n  expected a plan: is this the right file?',
  )
  expect(performance.now() - started).toBeLessThan(500)
})

test('a mistake in shared services has their name; variables of unused ones may be missing', () => {
  const file = 'plans/services.yaml'
  const text = `services:
  unused: { command: "x \${NOPE}", port: "\${NOPE}" }
  used: { command: "x \${NOPE}" }
`
  const other = parsePlan(planWith('[sim://a]'), 'plans/x.yaml', {
    env: { ...env },
    sharedServices: { file, text: text.replace('port: "${NOPE}"', 'cwd: "${NOPE}"') },
  })
  expect(other.services['unused']?.command).toEqual(['x', '${NOPE}'])
  expect(mistakesOf(planWith('[used]'), { file, text })).toMatchInlineSnapshot(`
    "plans/services.yaml:3:23  the environment variable NOPE is not set
      3 |   used: { command: "x \${NOPE}" }
        |                       ^^^^^^^
      expected export NOPE=value ($env:NOPE = 'value' in PowerShell) before the run, or a default: \${NOPE:-value}"
  `)
})

test('a loadout that stands twice, but for a comment that was meant as a flag', () => {
  expect(mistakesOf(planWith('\n      - sim://a\n      - sim://a #stream'))).toMatchInlineSnapshot(`
    "plans/x.yaml:6:9  llm has this loadout already on line 5
      6 |       - sim://a #stream
        |         ^^^^^^^
      expected each loadout of a domain once; repeats in the settings runs it more often
      did you mean "sim://a#stream"?"
  `)
})

test('small and small:latest are one model of Ollama', () => {
  expect(mistakesOf(planWith('[ollama://small, "ollama://small:latest", ollama://small:8b]')))
    .toMatchInlineSnapshot(`
    "plans/x.yaml:4:32  llm has this loadout already on line 4
      4 |     loadouts: [ollama://small, "ollama://small:latest", ollama://small:8b]
        |                                ^^^^^^^^^^^^^^^^^^^^^^^
      expected each loadout of a domain once; repeats in the settings runs it more often"
  `)
})

test('characters that look like a blank are named where they stand', () => {
  const text = `name: x
settings: {\u00A0retry: 1 }
services:
  own: { command: "python\u00A0server.py", cwd: a\u202Fb }
exe\uFEFFcution: []
execution:
  - domain: llm\u200B
    loadouts: [sim://a\u00A0\u00A0, "ollama://x\u00AD"]
    scenarios: [english_std\u3000]
`
  expect(mistakesOf(text)).toMatchInlineSnapshot(`
    "plans/x.yaml:2:12  a no-break space (U+00A0) stands here
      2 | settings: { retry: 1 }
        |            ^
      expected an ordinary blank, or nothing; where it is meant, "\\u00A0" in double quotes

    plans/x.yaml:4:26  a no-break space (U+00A0) stands here
      4 |   own: { command: "python server.py", cwd: a b }
        |                          ^
      expected an ordinary blank, or nothing; where it is meant, "\\u00A0" in double quotes

    plans/x.yaml:4:45  a narrow no-break space (U+202F) stands here
      4 |   own: { command: "python server.py", cwd: a b }
        |                                             ^
      expected an ordinary blank, or nothing; where it is meant, "\\u202F" in double quotes

    plans/x.yaml:5:4  a byte order mark (U+FEFF) stands here
      5 | execution: []
        |    ^
      expected an ordinary blank, or nothing; where it is meant, "\\uFEFF" in double quotes

    plans/x.yaml:7:16  a zero-width space (U+200B) stands here
      7 |   - domain: llm
        |                ^
      expected an ordinary blank, or nothing; where it is meant, "\\u200B" in double quotes

    plans/x.yaml:8:23  a no-break space (U+00A0) stands here
      8 |     loadouts: [sim://a  , "ollama://x"]
        |                       ^
      expected an ordinary blank, or nothing; where it is meant, "\\u00A0" in double quotes

    plans/x.yaml:8:38  a soft hyphen (U+00AD) stands here
      8 |     loadouts: [sim://a  , "ollama://x"]
        |                                      ^
      expected an ordinary blank, or nothing; where it is meant, "\\u00AD" in double quotes

    plans/x.yaml:9:28  an ideographic space (U+3000) stands here
      9 |     scenarios: [english_std　]
        |                            ^^
      expected an ordinary blank, or nothing; where it is meant, "\\u3000" in double quotes"
  `)
})

test.for([
  [
    'in the indentation',
    'name: x\nexecution:\n\u00A0\u00A0- domain: llm\n    loadouts: [sim://a]\n',
    3,
    1,
  ],
  ['behind a colon', 'name: x\nexecution:\n  - domain:\u00A0llm\n    loadouts: [sim://a]\n', 3, 12],
  ['behind a dash', 'name: x\nexecution:\n  -\u00A0domain: llm\n    loadouts: [sim://a]\n', 3, 4],
] as const)('one %s, which makes it no YAML, is named, too', ([, text, line, column]) => {
  expect(mistakesOf(text)).toContain(
    `plans/x.yaml:${line}:${column}  a no-break space (U+00A0) stands here`,
  )
})

test('one in shared services is named with their file', () => {
  const shared = { file: 'plans/services.yaml', text: 'services:\n  a: { command: x\u00A0y }\n' }
  expect(mistakesOf(planWith('[a]'), shared)).toMatch(
    /^plans\/services\.yaml:2:18  a no-break space/,
  )
})

test('what no system can give to a program is told where it stands', () => {
  const text = `name: x
services:
  own:
    command: ["python", "a\\0b"]
    cwd: "/tmp/\\0"
    env: { "A=B": 1, "C\\0": 2, D: "x\\0y", "": 3, E: "a=b" }
  other: { command: "run \\0 it" }
execution:
  - domain: llm
    loadouts: [native://own, "native://other", "sim://a\\0"]
`
  const told = mistakesOf(text)
    .split('\n\n')
    .map((each) => each.split('\n')[0])
  expect(told).toEqual([
    'plans/x.yaml:4:25  a NUL character stands here',
    'plans/x.yaml:5:10  a NUL character stands here',
    'plans/x.yaml:6:12  "A=B" can\'t be a name here',
    'plans/x.yaml:6:22  a NUL character stands here',
    'plans/x.yaml:6:35  a NUL character stands here',
    'plans/x.yaml:6:43  "" can\'t be a name here',
    'plans/x.yaml:7:21  a NUL character stands here',
    'plans/x.yaml:10:48  a NUL character stands here',
  ])
})

test('what every object has is no variable and no flag of a plan', () => {
  const names = ['toString', 'constructor', 'hasOwnProperty', '__proto__', 'valueOf']
  for (const name of names) {
    expect(mistakesOf(planWith('["sim://${' + name + '}"]'))).toMatch(
      `the environment variable ${name} is not set`,
    )
    expect(mistakesOf(planWith(`["sim://x#${name.toLowerCase()}"]`))).toMatch(/flag/)
  }
})

test('what becomes of a loadout that has no room is one of three words', () => {
  expect(mistakesOf(planWith('sim://small', 'settings: { memory: refuze }\n'))).toBe(
    `plans/x.yaml:2:21  unknown memory "refuze"
  2 | settings: { memory: refuze }
    |                     ^^^^^^
  expected one of: refuse, warn, off
  did you mean "refuse"?`,
  )
})
