import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonTestResults } from 'vitest/node'
import { copyFixture, createProject, type Project } from './support/project.ts'
import { cleanEnvironment, vitestProgram } from './support/run.ts'
import { sessionFiles, sessionNames } from './support/session-files.ts'
import { workbookParts } from './support/workbook.ts'

/** A title, the clipboard, the other screen, a reset; the same by C1; marks of direction; what is not seen; moves. */
const HOSTILE =
  'A\u001B]0;TITLE\u0007\u001B]52;c;VEFLRU4=\u0007\u001B[?1049h\u001Bc\u009B2J\u009D0;TITLE\u009C' +
  '\u202Egpj.exe\u202C\u2066x\u2069\u200F\u061C\u200B\u{E0041}B\u0008\u001B[2A\u001B[8mC\u0085\u007FD\u001B'

/** Of what a program may write to a terminal: line ends, colours, links to files, the cursor, one update, its own frame. */
const OWN =
  // oxlint-disable-next-line no-control-regex -- it is what is looked for
  /\r*\n|\u001B\[[\d;]*m|\u001B\]8;;(?:file:[!-~]*)?\u001B\\|\u001B\[\?(?:25|2026)[hl]/g
const FRAME =
  // oxlint-disable-next-line no-control-regex -- it is what is looked for
  /\u001B\[\d*[A-DGJK]|\r|\u001B\[\?2004[hl]/g
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- it is what is looked for
  /[\0-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\u{E0041}]/gu

const jarvisProgram = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux') === true
const why = hasScript ? '' : ' (skipped: no script of util-linux here)'

/** What a program writes to a terminal of its own. */
async function inTerminal(
  { root, runtime }: Project,
  command: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const words = [process.execPath, ...command].map((word) => `'${word}'`).join(' ')
  const { NO_COLOR: _, ...own } = cleanEnvironment()
  const child = spawn('script', ['-qec', words, '/dev/null'], {
    cwd: root,
    env: {
      ...own,
      TERM: 'xterm-256color',
      XDG_RUNTIME_DIR: runtime,
      HOSTILE,
      JARVIS_REPORTS: 'off',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await Promise.all([textOf(child.stdout), once(child, 'close')])
  return said
}

const unsafeIn = (said: string, ...own: readonly RegExp[]): string[] => {
  const rest = own.reduce((left, pattern) => left.replaceAll(pattern, ''), said)
  return [...rest.matchAll(UNSAFE)].map(({ index }) =>
    JSON.stringify(rest.slice(Math.max(0, index - 40), index + 20)),
  )
}

describe.skipIf(!hasScript)(`what a model says, in a terminal${why}`, () => {
  let project: ReturnType<typeof copyFixture>
  let env: Record<string, string>
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const asked = Buffer.concat(parts).toString()
      if (request.url === '/v1/models') return response.end('{"data":[{"id":"gpt"}]}')
      if (asked.includes('refuse')) return response.writeHead(500).end(HOSTILE)
      const delta = JSON.stringify({ choices: [{ delta: { content: HOSTILE } }] })
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      return response.end(`data: ${delta}\n\ndata: [DONE]\n\n`)
    })
  })
  beforeAll(async () => {
    project = copyFixture('hostile')
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    env = { SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` }
  })
  afterAll(() => {
    server.close()
    project.remove()
  })

  const run = (...args: string[]): string[] => [vitestProgram, 'run', '--config', ...args]

  test('stays text in lines and in the summary of Vitest', async () => {
    const said = await inTerminal(project, run('jarvis'), {
      ...env,
      JARVIS_DASHBOARD: 'plain',
      JARVIS_REPORTS: 'on',
    })
    expect(said).toContain('Failed Tests 7')
    expect(said).toContain('A<U+202E>gpj.exe<U+202C>')
    // Colours of scenarios are theirs.
    expect(said).toContain('\u001B[32mgreen\u001B[39m')
    expect(unsafeIn(said, OWN)).toEqual([])
  })

  test('stays text on the live screen', async () => {
    const said = await inTerminal(project, run('jarvis'), { ...env, JARVIS_DASHBOARD: 'live' })
    expect(said).toContain('Failed Tests 7')
    expect(unsafeIn(said, OWN, FRAME)).toEqual([])
    expect(said.lastIndexOf('\u001B[?25h')).toBeGreaterThan(said.lastIndexOf('\u001B[?25l'))
  })

  test('stays text where Vitest draws its own screen, and is as it was in the data of a reporter', async () => {
    const said = await inTerminal(project, run('drawn.config.mts'), env)
    expect(said).toContain('Failed Tests 7')
    expect(unsafeIn(said, OWN, FRAME)).toEqual([])
    const data = readFileSync(join(project.root, 'results.json'), 'utf8')
    const { testResults } = JSON.parse(data) as JsonTestResults
    const messages = testResults[0]!.assertionResults.map(({ failureMessages }) => failureMessages)
    expect(messages[1]?.join(' ')).toContain(HOSTILE)
  })

  test('stays text in all that the command says', async () => {
    const commands = [
      ['list'],
      ['show'],
      ['show', '--failed'],
      ['show', '--json'],
      ['export'],
      ['export', '--format', 'jsonl'],
      ['watch', '--plain'],
      ['compare'],
      ['doctor'],
      ['trend', HOSTILE],
      ['show', HOSTILE],
      [HOSTILE],
    ]
    const said = await Promise.all(
      commands.map((args) => inTerminal(project, [jarvisProgram, ...args], env)),
    )
    const wrong = said.map((text) => [text.includes('A'), ...unsafeIn(text, OWN)])
    expect(wrong).toEqual(commands.map(() => [true]))
  })

  test('stays text in the story, the page and the workbook', () => {
    const logs = join(project.root, 'logs')
    const session = sessionFiles(join(logs, sessionNames(logs)[0]!))
    expect(unsafeIn(session.text('progression.log'))).toEqual([])
    // A library of the page measures with one.
    const page = session.text('report.html').replaceAll('text(`\u200B`)', '')
    expect(page.includes(String.raw`A\u003cU+202E\u003egpj.exe`)).toBe(true)
    expect(unsafeIn(page)).toEqual([])
    const book = workbookParts(join(session.directory, 'report.xlsx'))
    const workbook = [...book.parts.values()].join('\n')
    expect(workbook.includes('A␛]0;TITLE')).toBe(true)
    expect(unsafeIn(workbook)).toEqual([])
    // What was said is kept as it was.
    expect(session.results('llm')[1]!.output_text).toBe(HOSTILE)
  })
})

test.skipIf(!hasScript)(
  `a mistaken plan is told as text, and the cursor is back${why}`,
  async () => {
    const project = createProject('hostile')
    const command = [vitestProgram, 'run', '--config', 'jarvis']
    const said = await inTerminal(project, command, { JARVIS_PLAN: 'plans/mistaken.yaml' })
    expect(said).toContain('plans/mistaken.yaml:5:')
    expect(unsafeIn(said, OWN)).toEqual([])
    expect(said.lastIndexOf('\u001B[?25h')).toBeGreaterThan(said.lastIndexOf('\u001B[?25l'))
  },
)
