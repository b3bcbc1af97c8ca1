import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from './fixtures/session/kit.ts'
import { completeSession } from './support/session-directories.ts'

const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
/** Nothing that is asked here takes so long. */
const PATIENCE_MS = 20_000
const KINDS = process.platform === 'win32' ? ['folder'] : ['folder', 'pipe', 'socket', 'device']
const NAME = 'RUN_20260216_231205'

interface Said {
  code: number | null
  stdout: string
  stderr: string
}

async function jarvis(logs: string, ...args: string[]): Promise<Said> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: logs,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], JARVIS_LOGS: logs },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ])
  return { code, stdout, stderr }
}

/** A folder of sessions with a complete one, in which something else stands in place of a file. */
async function sessionWith(kind: string, file: string | RegExp): Promise<string> {
  const logs = temporaryFolder()
  const directory = join(logs, NAME)
  cpSync(await completeSession(temporaryFolder()), directory, { recursive: true })
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  const name = names.find((each) => (typeof file === 'string' ? each === file : file.test(each)))
  const path = join(directory, name!)
  rmSync(path)
  if (kind === 'folder') mkdirSync(path)
  else if (kind === 'pipe') spawnSync('mkfifo', [path])
  else if (kind === 'device') symlinkSync('/dev/zero', path)
  else await listenAt(path)
  return logs
}

/** The program that listens is ended; the socket stays. */
async function listenAt(path: string): Promise<void> {
  const program = `require('node:net').createServer().listen('${path}', () => process.kill(process.pid, 'SIGKILL'))`
  const child = spawn(process.execPath, ['-e', program], { cwd: dirname(path) })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'close')
}

test.each(KINDS)(
  'a %s in place of the journal is told in a sentence by every command that reads it',
  async (kind) => {
    const logs = await sessionWith(kind, 'events.jsonl')
    const path = join(logs, NAME, 'events.jsonl')
    const sentence = `The journal ${path} cannot be read: it is a ${kind}. Put the file back in its place, or name another session.\n`
    const check = ['check', '--max-failures', '99']
    const commands = [['show'], ['export'], check, ['watch'], ['compare', NAME, NAME], ['report']]
    const said = await Promise.all(commands.map((args) => jarvis(logs, ...args)))
    expect(said).toEqual(commands.map(() => ({ code: 2, stdout: '', stderr: sentence })))
  },
)

const OTHERS = [
  'state.json',
  'llm.json',
  'system_info.yaml',
  'telemetry.csv',
  'progression.log',
  /^svc_vlm_.*\.log$/,
  /^attachments\/.*\.wav$/,
]

test.each(KINDS.filter((kind) => kind !== 'socket'))(
  'a %s in place of any other file holds nothing up',
  async (kind) => {
    for (const file of OTHERS) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other: each starts several programs
      const logs = await sessionWith(kind, file)
      const commands = [['list'], ['show'], ['export'], ['watch', NAME], ['report']]
      // oxlint-disable-next-line no-await-in-loop -- see above
      const said = await Promise.all(commands.map((args) => jarvis(logs, ...args)))
      // The session has failures.
      expect({ file, codes: said.map(({ code }) => code) }).toEqual({
        file,
        codes: [0, 1, 0, 1, 0],
      })
      expect(said.map(({ stderr }) => stderr).join('')).not.toMatch(/^ +at /m)
    }
  },
)
