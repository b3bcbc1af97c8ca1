import { expect, test } from 'vitest'
import { JarvisError } from '../errors.ts'
import { parsePlan } from './parse.ts'

const planWith = (purge: string): string =>
  `name: x\nsettings:\n  purge: ${purge}\nexecution:\n  - domain: llm\n    loadouts: ["sim://a"]\n`

test('a plan names what ends first by program, by script and by port', () => {
  const plan = parsePlan(planWith('[llama-server, tts_server.py, 8000]'), 'x.yaml', { env: {} })
  expect(plan.settings.purge).toEqual(['llama-server', 'tts_server.py', 8000])
})

test('what would be purged is told where purge_on_entry keeps it', () => {
  const text = planWith('[8000]').replace('purge:', 'purge_on_entry: false\n  purge:')
  expect(parsePlan(text, 'x.yaml', { env: {} }).warnings).toEqual([
    '"purge" has no effect while "purge_on_entry" is false: nothing of it is ended.',
  ])
})

test('a path, a command or what is no port cannot be purged', () => {
  const mistakes = (purge: string): string => {
    try {
      parsePlan(planWith(purge), 'x.yaml', { env: {} })
    } catch (error) {
      if (error instanceof JarvisError) return error.message
      throw error
    }
    throw new Error('no mistake was found')
  }
  expect(mistakes('[/usr/bin/ollama, "python server.py", 70000]')).toMatchInlineSnapshot(`
    "x.yaml:3:11  this is not the name of a program
      3 |   purge: [/usr/bin/ollama, "python server.py", 70000]
        |           ^^^^^^^^^^^^^^^
      expected the name of a program such as llama-server, of a script, or a port

    x.yaml:3:28  this is not the name of a program
      3 |   purge: [/usr/bin/ollama, "python server.py", 70000]
        |                            ^^^^^^^^^^^^^^^^^^
      expected the name of a program such as llama-server, of a script, or a port

    x.yaml:3:48  unexpected value
      3 |   purge: [/usr/bin/ollama, "python server.py", 70000]
        |                                                ^^^^^
      expected a port from 1 to 65535"
  `)
  expect(mistakes('ollama')).toMatchInlineSnapshot(`
    "x.yaml:3:10  unexpected value of "purge"
      3 |   purge: ollama
        |          ^^^^^^
      expected a list of program names and ports"
  `)
})
