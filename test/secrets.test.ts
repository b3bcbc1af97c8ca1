import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'

const WORD = 'Polly-4&wants "a/cracker"+now'

/** The forms that the stand-in repeats, and parts of them. */
const FORMS = [
  WORD,
  'Polly-4',
  'cracker',
  encodeURIComponent(WORD),
  new URLSearchParams({ key: WORD }).toString(),
  JSON.stringify(WORD).slice(1, -1),
  Buffer.from(`user:${WORD}`).toString('base64').slice(8, 20),
]

function formsIn(text: string): string[] {
  return FORMS.filter((form) => text.includes(form))
}

/** The files of a session in which a form of the word stands. */
function filesWith(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => /\.\w+$/.test(name))
  return files.filter((name) => formsIn(readFileSync(join(directory, name), 'latin1')).length > 0)
}

test('a value that the plan takes from the environment comes back nowhere but in the logs of services', async () => {
  const env = { PARROT_WORD: WORD, JARVIS_REPORTS: 'on' }
  const { output, session } = await run(createProject('secrets'), { env })
  expect(formsIn(output)).toEqual([])
  expect(output).toContain('heard [redacted]')
  const files = filesWith(session!.directory)
  expect(files.filter((name) => !name.startsWith('svc_'))).toEqual([])
  expect(files).toHaveLength(2)
  const broken = session!.results('llm').find(({ name }) => name === 'throws_at_once')
  expect(broken!.errors[0]!.message).toBe('loaded with [redacted]')
  const rows = session!.results('llm').filter(({ name }) => name.startsWith('leaks'))
  expect(rows.map(({ status }) => status)).toEqual(['PASSED', ...Array<string>(7).fill('FAILED')])
  expect(rows[0]!.output_text).toMatch(/^\[redacted\]\n\[redacted\]\nkey=\[redacted\]\n/)
  expect(rows[7]!.errors[0]!.message).toContain('cannot log in with [redacted] or [redacted]')
  expect(session!.eventsOf('run_started')[0]!.plan.secrets).toEqual(['PARROT_WORD'])
})

test('with redact_logs it stands in the logs of services neither, and ranges of bytes are what they were', async () => {
  const project = createProject('secrets')
  const env = { PARROT_WORD: WORD, JARVIS_PLAN: 'plans/redacted.yaml' }
  const args = ['--reporter=default', '--reporter=junit', '--outputFile=junit.xml']
  const { output, session } = await run(project, { env, args })
  expect(filesWith(session!.directory)).toEqual([])
  const row = session!.results('llm').find(({ name }) => name.startsWith('leaks'))
  const [log] = row!.logs!
  const said = readFileSync(join(session!.directory, log!.file)).subarray(log!.from, log!.to)
  expect(said.toString().split('\n')[0]).toBe(`asked with ${'*'.repeat(Buffer.byteLength(WORD))}`)
  const kept = readFileSync(join(project.root, 'junit.xml'), 'utf8')
  expect(kept).toContain('heard [redacted]')
  expect(output).toContain('heard [redacted]')
  expect(output).toContain('past Vitest: [redacted]')
  expect(formsIn(kept + output)).toEqual([])
})
