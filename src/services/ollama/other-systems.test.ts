import { expect, test } from 'vitest'
import { failureOf } from '../../../test/support/services.ts'
import { clearOllama } from './clear.ts'
import type { OllamaHost, Ran } from './host.ts'
import type { HostProcess } from '../processes/process-table.ts'

const HOME = 'C:\\Users\\Ada\\AppData\\Local\\Programs\\Ollama'

/** A machine on paper: what is done to it is written down, and a process is gone when it was told to go. */
function onPaper(platform: NodeJS.Platform, processes: HostProcess[], stubborn: number[] = []) {
  const done: string[] = []
  const alive = new Map(processes.map((one) => [one.pid, one]))
  const host: OllamaHost = {
    platform,
    env: {},
    home: '/Users/ada',
    self: 1_000,
    ports: [],
    processes: async () => [...alive.values()],
    startOf: (pid) => (alive.has(pid) ? `start of ${pid}` : null),
    environment: async () => ({}),
    cgroup: () => '',
    run: async (file, args): Promise<Ran> => {
      done.push([file, ...args].join(' '))
      const pid = Number(args[1])
      const refused = file === 'taskkill' && stubborn.includes(pid) && !args.includes('/F')
      if (file === 'taskkill' && !refused) alive.delete(pid)
      // Quitting the app takes its server along.
      if (file === 'osascript') [501, 502].forEach((gone) => alive.delete(gone))
      return { code: refused ? 128 : 0, stdout: '', stderr: '' }
    },
    kill: ({ pid }, signal) => {
      done.push(`${signal} ${pid}`)
      alive.delete(pid)
      return 'sent'
    },
    holder: async () => null,
    isReadable: () => true,
    exists: (path) => path.endsWith('homebrew.mxcl.ollama.plist'),
  }
  const context = { note: () => {}, signal: new AbortController().signal }
  const clear = () => clearOllama(host, context, { grace: 100, settle: 0 })
  return { done, host, clear, left: () => [...alive.keys()] }
}

test('on macOS the app is asked to quit, then Homebrew stops its service, then what is left is ended', async () => {
  const app = '/Applications/Ollama.app/Contents'
  const { done, clear, left } = onPaper('darwin', [
    { pid: 501, parent: 1, program: `${app}/MacOS/Ollama`, args: [] },
    { pid: 502, parent: 501, program: `${app}/Resources/ollama`, args: ['serve'] },
    { pid: 503, parent: 1, program: '/opt/homebrew/bin/ollama', args: ['serve'] },
    { pid: 504, parent: 1, program: `${app}/Resources/llama-server`, args: [] },
    { pid: 505, parent: 1, program: '/opt/homebrew/bin/llama-server', args: [] },
  ])
  await clear()
  expect(done).toEqual([
    'osascript -e quit app "Ollama"',
    'brew services stop ollama',
    'SIGTERM 503',
    'SIGTERM 504',
  ])
  expect(left()).toEqual([505])
})

test('on Windows the tray app goes first, then the server, then its runner, by force where nothing else helps', async () => {
  const { done, clear, left } = onPaper(
    'win32',
    [
      { pid: 9, parent: 8, program: `${HOME}\\lib\\ollama\\llama-server.exe`, args: [] },
      { pid: 8, parent: 7, program: `${HOME}\\ollama.exe`, args: ['serve'] },
      { pid: 7, parent: 4, program: `${HOME}\\ollama app.exe`, args: [] },
      { pid: 6, parent: 4, program: 'C:\\llama.cpp\\llama-server.exe', args: [] },
    ],
    [8, 9],
  )
  await clear()
  expect(done).toEqual([
    'taskkill /PID 7',
    'taskkill /PID 8',
    'taskkill /PID 8 /F',
    'taskkill /PID 9',
    'taskkill /PID 9 /F',
  ])
  expect(left()).toEqual([6])
})

test('a server in a container or of another user is an error with the command', async () => {
  const server = { pid: 77, parent: 50, program: '/bin/ollama', args: ['serve'] }
  const { host, clear } = onPaper('linux', [server])
  host.kill = () => 'denied'
  expect((await failureOf(clear())).message).toMatch(/Run: sudo kill 77$/)
  const id = 'abcdef012345'.padEnd(64, '0')
  host.cgroup = (pid) => (pid === 77 ? `0::/system.slice/docker-${id}.scope\n` : '0::/\n')
  expect((await failureOf(clear())).message).toMatch(/Run: docker stop abcdef012345$/)
})
