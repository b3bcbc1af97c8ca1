import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { onTestFinished } from 'vitest'
import { livingHolders, type Holder } from '../../src/services/warm/holders.ts'
import { isAlive } from './services.ts'
import type { Project } from './project.ts'
import { cleanEnvironment } from './run.ts'
import { type SessionFiles, sessionFiles, sessionNames } from './session-files.ts'

/** What one click in the editor asks for. */
export interface Click {
  /** A part of the project's name and the file's path. */
  file: string
  pattern?: string
  debug?: boolean
}

/** What a click led to. */
export interface Clicked {
  /** What its worker printed, from its start to its end. */
  output: string
  /** Each test with its state. */
  results: [name: string, state: string][]
  session: SessionFiles
}

/** An editor with a project open. Ends with the test. */
export interface ExtensionHost {
  pid: number
  click(click: Click): Promise<Clicked>
  /** Begins a click, and gives the pid of its worker. */
  begin(click: Click): Promise<number>
  /** Waits until so much has been printed. */
  until(text: RegExp): Promise<void>
  /** Who holds what of this project, once what holds says so. */
  holder(holds?: (holder: Holder) => boolean): Promise<Holder>
  kill(): void
}

const POLL_MS = 20
const LIMIT_MS = 120_000

/** Opens a project that has `host.mjs` and `worker.mjs` of the fixture `clicks` in an editor. */
export function openEditor(
  { root, runtime }: Project,
  env: Record<string, string> = {},
): ExtensionHost {
  const child = spawn(process.execPath, ['host.mjs'], {
    cwd: root,
    env: { ...cleanEnvironment(), XDG_RUNTIME_DIR: runtime, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const machine = { XDG_RUNTIME_DIR: runtime }
  let said = ''
  child.stdout.on('data', (data: Buffer) => {
    said += stripVTControlCharacters(data.toString())
  })
  const when = async <Value>(look: () => Value | null | undefined): Promise<Value> => {
    for (const deadline = Date.now() + LIMIT_MS; ;) {
      const value = look()
      if (value !== null && value !== undefined) return value
      if (Date.now() > deadline) throw new Error(`It never came. The editor printed:\n${said}`)
      // oxlint-disable-next-line no-await-in-loop -- polls
      await sleep(POLL_MS)
    }
  }
  const begin = async (click: Click): Promise<number> => {
    said = ''
    child.stdin.write(`${JSON.stringify(click)}\n`)
    return Number(await when(() => /WORKER (\d+)/.exec(said)?.[1]))
  }
  onTestFinished(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    // What is kept warm ends with the editor.
    const isOurs = ({ holding }: Holder): boolean => holding.editor?.pid === child.pid
    await when(() => (livingHolders(machine).some(isOurs) ? null : true))
  })
  return {
    pid: child.pid!,
    begin,
    async click(click) {
      await begin(click)
      await when(() => /^ENDED/m.exec(said))
      const told = /^RESULTS (.*)$/m.exec(said)?.[1]
      if (told === undefined) throw new Error(`The worker ended without results:\n${said}`)
      const logs = join(root, 'logs')
      const session = sessionFiles(join(logs, sessionNames(logs).at(-1)!))
      return { output: said, results: JSON.parse(told) as Clicked['results'], session }
    },
    until: async (text) => void (await when(() => text.exec(said))),
    holder: (holds = ({ until }) => until !== null) =>
      when(() => livingHolders(machine).find(holds)),
    kill: () => void child.kill('SIGKILL'),
  }
}

/** Waits until none of some processes runs. */
export async function untilGone(...pids: number[]): Promise<void> {
  for (const deadline = Date.now() + LIMIT_MS; pids.some(isAlive);) {
    if (Date.now() > deadline) throw new Error(`Of the processes ${pids.join(', ')} some still run`)
    // oxlint-disable-next-line no-await-in-loop -- polls
    await sleep(POLL_MS)
  }
}
