import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { temporaryFolder } from '../fixtures/session/kit.ts'
import { jarvis } from './commands.ts'
import { completeSession } from './session-directories.ts'

/** What may stand in place of a file. */
export const KINDS: readonly string[] =
  process.platform === 'win32' ? ['folder'] : ['folder', 'pipe', 'socket', 'device']
/** The session in which it does. */
export const NAME = 'RUN_20260216_231205'

/** A folder of sessions with a complete one, in which something else stands in place of a file. */
export async function sessionWith(kind: string, file: string | RegExp): Promise<string> {
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

const OTHERS = [
  'state.json',
  'llm.json',
  'system_info.yaml',
  'telemetry.csv',
  'progression.log',
  /^svc_vlm_.*\.log$/,
  /^attachments\/.*\.wav$/,
]

/** Whatever file but the journal that is in place of: no command fails of it. */
export async function expectNothingHeldUp(kind: string): Promise<void> {
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
}
